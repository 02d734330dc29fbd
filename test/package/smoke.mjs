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
  'beat.ts': `import { inject, Logger, service, type Tick, timer } from 'escapement'

@service('beat')
export class Beat {
  @inject(Logger) log!: Logger
  private counter = 0

  @timer('100ms')
  work(tick: Tick) {
    this.log.info({ tick: tick.sequence, counter: ++this.counter }, 'beat')
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
