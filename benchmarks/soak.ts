/**
 * `npm run soak -- [--for 10m] [--every 10s]`
 *
 * Runs fifty services for a long time and checks that the memory of the process does not grow. Fails with exit code 1 when
 * the memory grows over the second half of the samples by more than 1 MB per minute (linear regression) and by more than 5 %
 * in all. Measures the code in dist/, as every benchmark does, so build first.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import ms, { type StringValue } from 'ms'
import { pino } from 'pino'
import { type Snapshot, Supervisor } from '../dist/src/index.js'
import { describeMachine, percentile } from './report.js'

interface Sample {
  readonly minutes: number
  readonly rss: number
}

interface Flags {
  readonly for: number
  readonly every: number
}

const EX_USAGE = 64
const MEGABYTE = 2 ** 20
const MAX_MB_PER_MINUTE = 1
const MAX_GROWTH = 0.05
/** Fewer samples are not enough for a slope. */
const MIN_SAMPLES = 3
const COLUMNS = ['elapsed s', 'RSS MB', 'heap MB', 'handles', 'due', 'runs', 'skipped', 'p50 ms', 'p99 ms'] as const

await new Command('soak')
  .option('--for <duration>', 'how long, such as 40s or 10m', duration, 600_000)
  .option('--every <duration>', 'how often to take a sample', duration, 10_000)
  .action(soak)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EX_USAGE))
  .parseAsync()

async function soak({ for: length, every }: Flags): Promise<void> {
  const supervisor = new Supervisor({
    modules: [fileURLToPath(new URL('soak/services.mjs', import.meta.url))],
    http: false,
    logger: pino({ level: 'warn' }, pino.destination(2)),
  })
  let lateness: number[] = []
  supervisor.on('run.ended', (run) => {
    if (run.lateness !== undefined) lateness.push(run.lateness * 1_000)
  })
  console.log(describeMachine())
  await supervisor.start()
  console.log(line(COLUMNS))
  const samples: Sample[] = []
  const start = performance.now()
  const elapsed = () => performance.now() - start
  for (let count = 1; count * every <= length; count++) {
    await sleep(Math.max(0, count * every - elapsed()))
    const sorted = Float64Array.from(lateness).sort()
    lateness = []
    const { rss, heapUsed } = process.memoryUsage()
    samples.push({ minutes: elapsed() / 60_000, rss: rss / MEGABYTE })
    const { due, runs, skipped } = totals(supervisor.snapshot())
    const handles = process.getActiveResourcesInfo().length
    const megabytes = [rss, heapUsed].map((bytes) => (bytes / MEGABYTE).toFixed(1))
    const late = [50, 99].map((p) => percentile(sorted, p).toFixed(3))
    console.log(line([(elapsed() / 1_000).toFixed(0), ...megabytes, handles, due, runs, skipped, ...late]))
  }
  const { killed } = await supervisor.stop()
  const problems = [growth(samples), killed.length > 0 ? `had to kill ${killed.join(', ')}` : undefined]
  for (const problem of problems) {
    if (problem === undefined) continue
    console.error(`soak failed: ${problem}`)
    process.exitCode = 1
  }
}

function totals({ timers }: Snapshot): { readonly due: number; readonly runs: number; readonly skipped: number } {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    due: sum(timers.map(({ ledger }) => ledger.due)),
    runs: sum(timers.flatMap(({ ledger }) => Object.values(ledger.runs))),
    skipped: sum(timers.flatMap(({ ledger }) => Object.values(ledger.skipped))),
  }
}

/** Prints how the memory grew. Returns a problem when it grew too much, else undefined. */
function growth(samples: readonly Sample[]): string | undefined {
  const half = samples.slice(Math.floor(samples.length / 2))
  if (half.length < MIN_SAMPLES) {
    console.log(`RSS: ${half.length} samples in the second half are too few for a slope`)
    return undefined
  }
  const { slope, rise } = regression(half)
  const from = (half[0] as Sample).rss
  const text = `${slope.toFixed(2)} MB per minute over the second half, ${((rise / from) * 100).toFixed(1)} % in all`
  console.log(`RSS: ${text}`)
  if (slope <= MAX_MB_PER_MINUTE || rise / from <= MAX_GROWTH) return undefined
  const limits = `${MAX_MB_PER_MINUTE} MB per minute and ${MAX_GROWTH * 100} %`
  return `memory grows: ${text} (at most ${limits})`
}

/** Least squares. `rise` is the difference between the last and the first sample. */
function regression(samples: readonly Sample[]): { readonly slope: number; readonly rise: number } {
  const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length
  const [x, y] = [mean(samples.map(({ minutes }) => minutes)), mean(samples.map(({ rss }) => rss))]
  const covariance = mean(samples.map(({ minutes, rss }) => (minutes - x) * (rss - y)))
  const variance = mean(samples.map(({ minutes }) => (minutes - x) ** 2))
  return { slope: covariance / variance, rise: (samples.at(-1) as Sample).rss - (samples[0] as Sample).rss }
}

function line(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(9)).join(' ')
}

function duration(text: string): number {
  const value = ms(text as StringValue)
  if (!(value > 0)) throw new InvalidArgumentError('expected a duration such as 40s or 10m.')
  return value
}
