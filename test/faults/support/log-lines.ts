/** What an instance's log tells of its runs and ticks. */
import type { Entry, Nanos } from './history.js'

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly msg: string
  readonly entrypoint?: string
  readonly dueAt?: string
  readonly count?: number
  readonly reason?: string
  readonly lease?: string
  readonly cause?: string
  readonly [field: string]: unknown
}

const OVER = new Set(['run completed', 'run failed', 'run timed out', 'run aborted', 'run crashed', 'run declined'])

/** From the epoch to the zero of the machine's clock. */
const ORIGIN: Nanos = process.hrtime.bigint() - BigInt(Date.now()) * 1_000_000n

export function nanosOfLine({ time }: LogLine): Nanos {
  return BigInt(time) * 1_000_000n + ORIGIN
}

/** Milliseconds since the epoch. */
export function wallTimeOf(at: Nanos): number {
  return Number(at - ORIGIN) / 1e6
}

export function told(instance: string, line: LogLine): Entry[] {
  const { msg, entrypoint, dueAt, count, reason } = line
  if (entrypoint === undefined || dueAt === undefined) return []
  const common = { instance, entrypoint, dueTime: Date.parse(dueAt), at: nanosOfLine(line) }
  if (msg === 'tick skipped') return [{ ...common, kind: 'skip', count: count!, reason: reason! }]
  return OVER.has(msg) ? [{ ...common, kind: 'over' }] : []
}
