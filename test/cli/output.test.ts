/** What `escapement run` does with its standard output and standard error, and what they cannot do to it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Cli, cli, MAIN } from '../support/cli.js'
import { LATE_REASONS } from '../support/late-reasons.js'
import { fixture } from '../support/supervised.js'

const KILL_ADMIN = new URL('../fixtures/kill-admin.mjs', import.meta.url).href

/** More lines of 4 kB than a pipe or a socket holds. */
const MANY = 120

/** A run of the service that counts aloud, with its standard output, standard error and a third pipe. */
function aloud(
  stdio: (number | 'pipe')[],
  ...settings: string[]
): { child: ChildProcess; reaches: (tick: number) => Promise<void> } {
  const set = ['LENGTH=4000', ...settings].flatMap((setting) => ['--set', setting])
  const args = [MAIN, 'run', fixture('counting-aloud.mjs'), '--no-http', ...set]
  const child = spawn(process.execPath, args, { stdio: ['ignore', ...stdio] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  const spoken = child.stdio[3] ?? child.stderr
  spoken!.on('data', (text) => {
    said += text
  })
  const reaches = async (tick: number) => {
    while (!said.includes(`over ${tick}\n`)) await once(spoken!, 'data')
  }
  return { child, reaches }
}

async function exitCodeAfter(signal: NodeJS.Signals, child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  return (await exited)[0]
}

describe('log lines', () => {
  // What a thread may have waiting is 8 Mi characters: so many lines are kept however slowly they are read.
  it.each([35])(
    'log lines of 5 kB, 12 kB and 200 kB of three threads, %d each, arrive whole, in order, and all of them',
    async (lines) => {
      const args = [MAIN, 'run', fixture('noisy.mjs'), '--no-http', '--set', `LINES=${lines}`]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      onTestFinished(() => void child.kill('SIGKILL'))
      const exited = once(child, 'exit')
      const numbers: Record<string, number[]> = { small: [], medium: [], large: [] }
      let done = 0
      for await (const line of createInterface({ input: child.stdout })) {
        const { msg, service, line: number } = JSON.parse(line)
        if (msg === 'noise') numbers[service]!.push(number)
        if (msg === 'done' && ++done === 3) child.kill('SIGTERM')
      }
      expect(await exited).toEqual([0, null])
      const all = Array.from({ length: lines }, (_, line) => line)
      expect(numbers).toEqual({ small: all, medium: all, large: all })
    },
  )

  it('log lines survive the end of the admin thread, metrics come back, no counter goes backwards and no tick is skipped but for being late', async () => {
    const settings = ['--port', '0', '--set', 'INTERVAL=0.25']
    const run = new Cli(['run', fixture('counting-aloud.mjs'), ...settings], {
      env: { NODE_OPTIONS: `--import=${KILL_ADMIN}` },
    })
    const [, url] = await run.output('stderr', /metrics: (\S+)\n/)
    const scraped = [await scrape(url!)]
    for (const tick of [3, 8]) {
      await run.output('stderr', new RegExp(`over ${tick}\n`))
      run.process.kill('SIGUSR2')
      await run.output('stdout', new RegExp(`"tick":${tick + 3},`))
      scraped.push(await scrape(url!))
    }
    await run.output('stdout', /the admin thread ended/)
    run.process.kill('SIGTERM')
    expect((await run.exited).code).toBe(0)
    const ticks = run.log.filter(({ msg }) => msg === 'counted').map(({ tick }) => tick)
    // A line comes twice when the thread ended between writing and counting it.
    const once = [...new Set(ticks)]
    expect(ticks.length - once.length).toBeLessThan(once.length)
    expect(once).toEqual(once.map((_, index) => index + 1))
    for (const [index, later] of scraped.slice(1).entries()) {
      const backwards = [...scraped[index]!].filter(([series, value]) => !(later.get(series)! >= value))
      expect(backwards).toEqual([])
    }
    const last = scraped.at(-1)!
    expect(last.get('counted_aloud_total')).toBeGreaterThan(5)
    expect(last.get('escapement_output_lines_dropped_total{reason="no_admin_thread"}')).toBe(0)
    const reasons = [...last].flatMap(([series, value]) => {
      const reason = /ticks_skipped_total\{.*reason="(\w+)"/.exec(series)?.[1]
      return reason !== undefined && value > 0 ? [reason] : []
    })
    expect(LATE_REASONS).toEqual(expect.arrayContaining(reasons))
  })
})

/** The counters, by series. While there is no admin thread the connection is refused. */
async function scrape(url: string): Promise<Map<string, number>> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (!response) continue
    const counters = [
      ...(await response.text()).matchAll(
        /^((?:escapement|counted|process)_\w+_(?:total|count|bucket)(?:\{.*\})?) (\S+)$/gm,
      ),
    ]
    return new Map(counters.map(([, series, value]) => [series!, Number(value)]))
  }
}

describe('output of console', () => {
  it('output of console is not lost when its thread is killed', async () => {
    const run = cli('run', fixture('last-words.mjs'), '--no-http')
    await run.output('stdout', /"run timed out"/)
    run.process.kill('SIGTERM')
    const { stdout } = await run.exited
    const words = stdout.split('\n').filter((line) => line.startsWith('word '))
    const first = words.slice(0, 5_000)
    expect(first).toEqual(Array.from({ length: 5_000 }, (_, word) => `word ${word}`))
  })

  it('output of console comes on the stream that it was written to', async () => {
    const run = cli('run', fixture('counting-aloud.mjs'), '--no-http')
    await run.output('stderr', /^to standard error$/m)
    await run.output('stdout', /^to standard output$/m)
    run.process.kill('SIGTERM')
    expect((await run.exited).code).toBe(0)
  })
})

describe('a run whose standard output or standard error', () => {
  it('is not read goes on ticking, and stops in good order', async () => {
    const { child, reaches } = aloud(['pipe', 'pipe'])
    await reaches(MANY)
    expect(await exitCodeAfter('SIGTERM', child)).toBe(0)
  })

  it('has lost its readers goes on ticking, and stops in good order', async () => {
    const { child, reaches } = aloud(['pipe', 'pipe', 'pipe'], 'FD=3')
    await reaches(1)
    child.stdout!.destroy()
    child.stderr!.destroy()
    await reaches(20)
    expect(await exitCodeAfter('SIGTERM', child)).toBe(0)
  })

  it.skipIf(process.platform !== 'linux')('is on a full disk goes on ticking, and stops in good order', async () => {
    const full = openSync('/dev/full', 'w')
    const { child, reaches } = aloud([full, full, 'pipe'], 'FD=3')
    await reaches(20)
    expect(await exitCodeAfter('SIGTERM', child)).toBe(0)
  })
})

describe('a listing', () => {
  it.each(['| true', '2>&1 | true', '> /dev/full'])('a listing with %s ends quietly', async (redirection) => {
    const command = `"${process.execPath}" "${MAIN}" list "${fixture('plain.mjs')}" ${redirection}`
    const { stderr } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', command])
    expect(stderr).toBe('')
  })
})
