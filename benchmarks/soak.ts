/**
 * `npm run soak -- [--for 10m] [--every 10s] [--services 50] [--interval 100ms]`
 *
 * Runs services for a long time and checks that the memory of the process does not grow and that no tick is skipped. Fails
 * with exit code 1 when the memory grows over the second half of the samples by more than 1 MB per minute (linear regression) and
 * by more than 5 % in all; when the heaps of one in ten threads, after forced collections, grow over the second half by more than 5 %; or
 * when a tick was skipped. Measures the code in dist/, as every benchmark does, in a process of its own.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import ms, { type StringValue } from 'ms'
import { describeMachine, percentile } from './report.js'

/** What soak/engine.mjs prints. */
interface Sample {
  readonly minutes: number
  readonly rssMb: number
  readonly heapMb: number
  readonly handles: number
  readonly due: number
  readonly runs: number
  readonly skipped: number
  /** Of the ticks since the last sample. */
  readonly latenessMs: readonly number[]
  /** Of one thread after a forced collection; in some samples. */
  readonly usedHeapMb?: number
}

interface Ended {
  readonly killed: readonly string[]
}

interface Flags {
  readonly for: number
  readonly every: number
  readonly services: string
  readonly interval: string
}

const EX_USAGE = 64
const MAX_MB_PER_MINUTE = 1
const MAX_GROWTH = 0.05
/** How often some heaps are collected in the whole time. */
const COLLECTIONS = 8
/** Fewer samples are not enough for a slope. */
const MIN_SAMPLES = 3
const COLUMNS = [
  'elapsed s',
  'RSS MB',
  'heap MB',
  'handles',
  'due',
  'runs',
  'skipped',
  'p50 ms',
  'p99 ms',
  'used MB',
] as const

await new Command('soak')
  .option('--for <duration>', 'how long, such as 40s or 10m', duration, 600_000)
  .option('--every <duration>', 'how often to take a sample', duration, 10_000)
  .option('--services <number>', 'how many services, each on a thread of its own', '50')
  .option(
    '--interval <duration>',
    'how often each ticks: a shorter interval shows sooner where memory levels off',
    '100ms',
  )
  .action(soak)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EX_USAGE))
  .parseAsync()

async function soak({ for: length, every, services, interval }: Flags): Promise<void> {
  console.log(describeMachine())
  console.log(line(COLUMNS))
  const program = fileURLToPath(new URL('soak/engine.mjs', import.meta.url))
  const engine = spawn(process.execPath, [program, ...[length, every, COLLECTIONS].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SOAK_SERVICES: services, SOAK_INTERVAL: interval },
  })
  const samples: Omit<Sample, 'latenessMs'>[] = []
  let killed: readonly string[] | undefined
  for await (const text of createInterface(engine.stdout)) {
    const report: Sample | Ended = JSON.parse(text)
    if ('killed' in report) {
      killed = report.killed
    } else {
      const { latenessMs, ...sample } = report
      samples.push(sample)
      console.log(describe(report))
    }
  }
  const skipped = samples.at(-1)?.skipped ?? 0
  const problems = [
    growth(samples),
    heapGrowth(samples.flatMap(({ usedHeapMb }) => usedHeapMb ?? [])),
    skipped > 0 ? `${skipped} ticks were skipped` : undefined,
    killed === undefined ? 'the process of the engine ended before its time' : undefined,
    killed && killed.length > 0 ? `had to kill ${killed.join(', ')}` : undefined,
  ]
  for (const problem of problems) {
    if (problem === undefined) continue
    console.error(`soak failed: ${problem}`)
    process.exitCode = 1
  }
}

function describe({ minutes, rssMb, heapMb, handles, due, runs, skipped, latenessMs, usedHeapMb }: Sample): string {
  const sorted = Float64Array.from(latenessMs).sort()
  const late = [50, 99].map((p) => percentile(sorted, p).toFixed(3))
  const megabytes = [rssMb, heapMb].map((value) => value.toFixed(1))
  const used = usedHeapMb === undefined ? [] : [usedHeapMb.toFixed(3)]
  return line([(minutes * 60).toFixed(0), ...megabytes, handles, due, runs, skipped, ...late, ...used])
}

function heapGrowth(usedHeaps: readonly number[]): string | undefined {
  const half = usedHeaps.slice(Math.floor(usedHeaps.length / 2))
  const [from = Number.NaN, to = Number.NaN] = [half[0], half.at(-1)]
  console.log(`heap in use after collections: ${from.toFixed(3)} -> ${to.toFixed(3)} MB over the second half`)
  return to / from - 1 > MAX_GROWTH ? `the heaps grow from ${from.toFixed(3)} to ${to.toFixed(3)} MB` : undefined
}

type Resident = Pick<Sample, 'minutes' | 'rssMb'>

/** Prints how the memory grew. Returns a problem when it grew too much, else undefined. */
function growth(samples: readonly Resident[]): string | undefined {
  const half = samples.slice(Math.floor(samples.length / 2))
  if (half.length < MIN_SAMPLES) {
    console.log(`RSS: ${half.length} samples in the second half are too few for a slope`)
    return undefined
  }
  const { slope, rise } = regression(half)
  const from = half[0]!.rssMb
  const text = `${slope.toFixed(2)} MB per minute over the second half, ${((rise / from) * 100).toFixed(1)} % in all`
  console.log(`RSS: ${text}`)
  if (slope <= MAX_MB_PER_MINUTE || rise / from <= MAX_GROWTH) return undefined
  const limits = `${MAX_MB_PER_MINUTE} MB per minute and ${MAX_GROWTH * 100} %`
  return `memory grows: ${text} (at most ${limits})`
}

/** Least squares. `rise` is the difference between the last and the first sample. */
function regression(samples: readonly Resident[]): { readonly slope: number; readonly rise: number } {
  const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length
  const [x, y] = [mean(samples.map(({ minutes }) => minutes)), mean(samples.map(({ rssMb }) => rssMb))]
  const covariance = mean(samples.map(({ minutes, rssMb }) => (minutes - x) * (rssMb - y)))
  const variance = mean(samples.map(({ minutes }) => (minutes - x) ** 2))
  return { slope: covariance / variance, rise: samples.at(-1)!.rssMb - samples[0]!.rssMb }
}

function line(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(9)).join(' ')
}

function duration(text: string): number {
  const value = ms(text as StringValue)
  if (!(value > 0)) throw new InvalidArgumentError('expected a duration such as 40s or 10m.')
  return value
}
