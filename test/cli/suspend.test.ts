import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { until } from '../coordinate/until.js'
import { type Cli, cli } from '../support/cli.js'
import { isStopped } from '../support/is-stopped.js'
import { fixture } from '../support/supervised.js'

const PERIOD_MS = 100
const SUSPENDED_MS = 3_000
/** A tick is handed to its thread this long before it is due, at the most. */
const HANDED_OVER_MS = 10

interface Swing {
  readonly sequence: number
  readonly dueAt: number
  readonly dueMicros: number
  readonly time: number
}

it('a suspended process misses the ticks of that time, counts them, and goes on in its old rhythm', async () => {
  const run = cli('run', fixture('metronome.mjs'), '--port', '0')
  const [, url] = await run.output('stderr', /metrics: (\S+)\n/)
  await nthSwing(run, 5)

  run.process.kill('SIGSTOP')
  // On a busy machine its threads go on until one of them has taken the signal.
  await until(() => isStopped(run.process.pid!), Boolean)
  const suspendedAt = Date.now()
  await sleep(SUSPENDED_MS)
  const before = swings(run).length
  const continuedAt = Date.now()
  run.process.kill('SIGCONT')
  await nthSwing(run, before + 8)

  const metrics = await (await fetch(url!)).text()
  run.process.kill('SIGTERM')
  expect((await run.exited).code).toBe(0)

  const all = swings(run)
  const skipped = skipsByReason(metrics)

  // Ticks are numbered whether they run or not, and each that did not was counted.
  const gaps = all.slice(1).map((swing, index) => swing.sequence - all[index]!.sequence - 1)
  const gap = Math.max(...gaps)
  expect(gap).toBeGreaterThanOrEqual(SUSPENDED_MS / PERIOD_MS - 2)
  const { missed = 0, running = 0, saturated = 0, ...others } = skipped
  expect(others).toEqual({})
  // The run that was handed over before the suspension may be in progress still when it ends: one tick is skipped for that.
  expect(missed).toBeGreaterThanOrEqual(gap - 1)
  // A busy machine may lose a tick at another time, too.
  expect(gaps.reduce((sum, ticks) => sum + ticks, 0)).toBeLessThanOrEqual(missed + running + saturated)

  // The latest tick of the time it was suspended may still run; what was handed over just before does anyway.
  const made = all.slice(before).filter(({ dueAt }) => dueAt > suspendedAt + HANDED_OVER_MS && dueAt < continuedAt)
  expect(made.length).toBeLessThanOrEqual(1)

  for (const of of ['dueAt', 'dueMicros'] as const) {
    const period = of === 'dueAt' ? PERIOD_MS : PERIOD_MS * 1_000
    const slack = of === 'dueAt' ? 2 : 0
    const [first] = all as [Swing]
    expect(Math.max(...all.map((swing) => phaseError(swing[of] - first[of], period)))).toBeLessThanOrEqual(slack)
    for (const swing of all) {
      const expected = (swing.sequence - first.sequence) * period
      expect(Math.abs(swing[of] - first[of] - expected)).toBeLessThanOrEqual(slack)
    }
  }
})

function swings(run: Cli): Swing[] {
  // The last line may not be there in full yet.
  const lines = run.stdout.slice(0, run.stdout.lastIndexOf('\n') + 1).split('\n')
  return lines.filter((line) => line.includes('"swung"')).map((line) => JSON.parse(line))
}

/** Waits for the n-th run (from 1). */
async function nthSwing(run: Cli, count: number): Promise<void> {
  await run.output('stdout', new RegExp(`(?:[^]*?"swung"[^\\n]*\\n){${count}}`))
}

/** How far from a multiple of the period. */
function phaseError(distance: number, period: number): number {
  const rest = ((distance % period) + period) % period
  return Math.min(rest, period - rest)
}

/** What `escapement_ticks_skipped_total` counts, without the zeros. */
function skipsByReason(metrics: string): Record<string, number> {
  const samples = metrics.matchAll(/^escapement_ticks_skipped_total\{.*reason="(\w+)".*\} (\d+)$/gm)
  return Object.fromEntries(
    [...samples].map(([, reason, count]) => [reason!, Number(count)]).filter(([, n]) => n !== 0),
  )
}
