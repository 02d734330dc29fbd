/**
 * The package as a user gets it: packed, installed into an empty folder, with a service of ten lines, once in TypeScript
 * and once in JavaScript; run by the command a user would type, and scraped.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const SERVICES = {
  'beat.ts': `import { currentRun, inject, Logger, Metrics, RemoteError, type Remote, rpc, rpcProxy, State, service, type Tick, timer } from 'escapement'

@service('counter')
export class Counter {
  @inject(State) state!: State

  @rpc()
  next() {
    return this.state.update<number>('count', (count = 0) => count + 1)
  }

  @rpc()
  fail() {
    throw new RangeError('not today')
  }
}

@service('beat')
export class Beat {
  @inject(Logger) log!: Logger
  @inject(Metrics) metrics!: Metrics
  @rpcProxy('counter') counter!: Remote<Counter>

  @timer('100ms')
  async work(tick: Tick) {
    const counter = await this.counter.next()
    const error = await this.counter.fail().catch((thrown: unknown) => thrown)
    if (!(error instanceof RemoteError) || error.name !== 'RangeError') throw new Error('not revived: ' + error)
    this.metrics.counter({ name: 'beats_total', help: 'Beats.' }).inc()
    this.log.info({ tick: tick.sequence, counter, run: currentRun()!.callId }, 'beat')
  }
}
`,
  'beat.js': `import { defineService, Logger } from 'escapement'

export default defineService({
  name: 'beat',
  dependencies: { log: Logger },
  create({ log }) {
    let counter = 0
    return { work: (tick) => log.info({ tick: tick.sequence, counter: ++counter }, 'beat') }
  },
  timers: { work: { interval: '100ms' } },
})
`,
}

const TEST = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callsOf, createHarness, replaceDependencies } from 'escapement/testing'
import { Beat, Counter } from './beat'

test('beats ten times a second, and counts', async () => {
  const harness = createHarness([Beat, Counter])
  await harness.advance('1s')
  assert.equal(harness.ledger('work').runs.completed, 10)
  await harness.stop()
})

test('asks the counter', async () => {
  const harness = createHarness(Beat)
  const { counter } = replaceDependencies(harness, 'counter')
  await harness.advance('100ms')
  assert.equal(callsOf(counter, 'next').length, 1)
  await harness.stop()
})
`

const folder = mkdtempSync(join(tmpdir(), 'escapement-smoke-'))
try {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' }).replace(
      /^[^[]*/,
      '',
    ),
  )
  assert.ok(!files.some(({ path }) => /^(src|test|workers|benchmarks)\//.test(path)), 'sources must not be packed')
  // What `npm init` writes: a package that is not of type "module", in which a .ts file is CommonJS.
  writeFileSync(join(folder, 'package.json'), '{ "name": "smoke", "version": "1.0.0" }\n')
  execFileSync('npm', ['install', '--no-save', join(folder, filename)], { cwd: folder, stdio: 'inherit' })
  for (const [file, source] of Object.entries(SERVICES)) {
    for (const type of file.endsWith('.ts') ? ['commonjs', 'module'] : ['module']) {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'smoke', version: '1.0.0', type }))
      writeFileSync(join(folder, file), source)
      await runAndScrape(file)
      process.stdout.write(`smoke: ${file} in a package of type ${type} runs and is scraped\n`)
      if (!file.endsWith('.ts')) continue
      writeFileSync(join(folder, 'beat.test.ts'), type === 'module' ? TEST.replace("'./beat'", "'./beat.ts'") : TEST)
      execFileSync('node', ['--import', 'tsx', '--test', 'beat.test.ts'], { cwd: folder, stdio: 'inherit' })
      process.stdout.write(`smoke: it is tested with escapement/testing in a package of type ${type}\n`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function runAndScrape(file) {
  const child = spawn('npx', ['escapement', 'run', file, '--port', '0', '--for', '20s'], {
    cwd: folder,
    detached: true,
  })
  let output = ''
  try {
    const url = await new Promise((resolve, reject) => {
      const look = (chunk) => {
        output += chunk
        const match = output.match(/metrics: (\S+)/)
        if (match && output.includes('"counter":3')) resolve(match[1])
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('close', (code) => reject(new Error(`${file} ended with ${code}:\n${output}`)))
    })
    const metrics = await (await fetch(url)).text()
    const [, runs] = metrics.match(/^escapement_runs_total\{[^}]*outcome="completed"[^}]*\} (\d+)$/m)
    assert.ok(Number(runs) >= 3, `expected 3 runs or more, got ${runs}`)
  } finally {
    child.removeAllListeners('close')
    if (child.exitCode === null) {
      const closed = new Promise((resolve) => child.on('close', resolve))
      process.kill(-child.pid, 'SIGTERM')
      await closed
    }
  }
}
