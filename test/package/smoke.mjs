/**
 * Tests the package as a user gets it: packs it, installs it into an empty folder, runs a service of ten lines in TypeScript
 * and in JavaScript with the `escapement` command, and reads its metrics. First under the Node that runs this file, then under
 * each of {@link OTHER_NODES}.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Node releases to test besides the oldest supported one. Packages of the npm package `node` contain them, without an install script. */
const OTHER_NODES = ['22', '24', '26']

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
  const application = join(folder, 'application')
  mkdirSync(application)
  // Meanwhile the package is installed, and tested under the Node that runs this file.
  const otherNodes = installNodes(join(folder, 'nodes'))
  // A failure is reported when it is awaited.
  otherNodes.catch(() => {})
  installPackage(application)
  checkSourceMaps(join(application, 'node_modules/escapement/dist'))
  await testUnder(process.env.PATH, application)
  for (const path of await otherNodes) await testUnder(path, application)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function installPackage(cwd) {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' }).replace(
      /^[^[]*/,
      '',
    ),
  )
  assert.ok(!files.some(({ path }) => /^(test|benchmarks)\//.test(path)), 'tests and benchmarks must not be packed')
  // As written by `npm init`: a package without "type": "module", in which a .ts file is CommonJS.
  writeFileSync(join(cwd, 'package.json'), '{ "name": "smoke", "version": "1.0.0" }\n')
  execFileSync('npm', ['install', '--no-save', join(folder, filename)], { cwd, stdio: 'inherit' })
}

/** Checks that source maps and declaration maps point to files in the package; those of other packages are not in it. */
function checkSourceMaps(dist) {
  for (const file of ['src/thread-bundle.js', 'src/index.d.ts', 'src/testing/index.js', 'workers/describer.js']) {
    const map = join(dist, `${file}.map`)
    const { sources } = JSON.parse(readFileSync(map, 'utf8'))
    const own = sources.filter((source) => !source.includes('node_modules/'))
    assert.ok(own.length > 0, `${map} names no source`)
    for (const source of own)
      assert.ok(existsSync(join(dirname(map), source)), `${map} names ${source}, which is missing`)
  }
  process.stdout.write('smoke: source maps lead to sources in the package\n')
}

async function testUnder(path, application) {
  const env = { ...process.env, PATH: path }
  const version = execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim()
  await runEverything(application, env, version)
}

/** Resolves to one value of PATH for each of {@link OTHER_NODES}, with the folder of that release first. */
async function installNodes(cwd) {
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }\n')
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const packages = OTHER_NODES.map((version) => `node${version}@npm:${platform}@${version}`)
  const install = spawn('npm', ['install', '--no-save', '--ignore-scripts', ...packages], { cwd, stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => install.on('error', reject).on('close', resolve))
  assert.equal(code, 0, `npm install of ${packages.join(', ')} ended with ${code}`)
  return OTHER_NODES.map((version) => join(cwd, 'node_modules', `node${version}`, 'bin') + delimiter + process.env.PATH)
}

async function runEverything(cwd, env, version) {
  for (const [file, source] of Object.entries(SERVICES)) {
    for (const type of file.endsWith('.ts') ? ['commonjs', 'module'] : ['module']) {
      writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'smoke', version: '1.0.0', type }))
      writeFileSync(join(cwd, file), source)
      await runAndScrape(file, cwd, env)
      process.stdout.write(`smoke: ${version}: ${file} in a package of type ${type} runs and is scraped\n`)
      if (!file.endsWith('.ts')) continue
      writeFileSync(join(cwd, 'beat.test.ts'), type === 'module' ? TEST.replace("'./beat'", "'./beat.ts'") : TEST)
      execFileSync('node', ['--import', 'tsx', '--test', 'beat.test.ts'], { cwd, env, stdio: 'inherit' })
      process.stdout.write(`smoke: ${version}: it is tested with escapement/testing in a package of type ${type}\n`)
    }
  }
}

async function runAndScrape(file, cwd, env) {
  const child = spawn('npx', ['escapement', 'run', file, '--port', '0', '--for', '20s'], { cwd, env, detached: true })
  let output = ''
  try {
    const url = await new Promise((resolve, reject) => {
      const look = (chunk) => {
        output += chunk
        const match = output.match(/metrics: (\S+)/)
        // At the fourth tick the third run has ended and is counted.
        if (match && output.includes('"counter":4')) resolve(match[1])
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
