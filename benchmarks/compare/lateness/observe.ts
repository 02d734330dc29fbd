/** Reads what a program has recorded (programs/job.mjs). */
import type { Observed, Start } from './judge.js'

/** The kinds of a record. Each record has three words of 64 bits: its kind, the monotonic time in nanoseconds, and a due moment or 0. */
const KIND = {
  /** The job began; the due moment is monotonic. */
  start: 0n,
  /** The job began; the due moment is in milliseconds of the wall clock. */
  startForClock: 1n,
  end: 2n,
  /** The job was scheduled: the first due moment is an interval later. */
  scheduled: 3n,
  /** The job was scheduled for whole intervals of the wall clock. */
  alignedToClock: 4n,
} as const
const WORDS = 3

export interface Span {
  readonly intervalMs: number
  /** Begin and end of the block, in nanoseconds of the monotonic clock. */
  readonly begin: bigint
  readonly end: bigint
  /** What has to be added to a monotonic time to get the time since the epoch. Unit: nanoseconds. */
  readonly wallOffset: bigint
}

export function observed(records: Uint8Array, { intervalMs, begin, end, wallOffset }: Span): Observed {
  const since = (moment: bigint) => Number(moment - begin) / 1e6
  const starts: Start[] = []
  const ends: number[] = []
  let firstDue: number | undefined
  for (const [kind, at, due] of recordsOf(records)) {
    if (kind === KIND.start) starts.push({ at: since(at), ...(due !== 0n && { due: since(due) }) })
    if (kind === KIND.startForClock) starts.push({ at: since(at), due: since(due * 1_000_000n - wallOffset) })
    if (kind === KIND.end) ends.push(since(at))
    if (kind === KIND.scheduled) firstDue = since(at) + intervalMs
    if (kind === KIND.alignedToClock) {
      const interval = BigInt(intervalMs) * 1_000_000n
      firstDue = since(((at + wallOffset) / interval + 1n) * interval - wallOffset)
    }
  }
  starts.sort((a, b) => a.at - b.at)
  const lengthMs = since(end)
  return { intervalMs, lengthMs, starts, ends, ...(firstDue !== undefined && { firstDue }) }
}

/** True when the job has run at least once. */
export function hasStarted(records: Uint8Array): boolean {
  return recordsOf(records).some(([kind]) => kind === KIND.start || kind === KIND.startForClock)
}

function recordsOf(bytes: Uint8Array): [kind: bigint, at: bigint, due: bigint][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (index: number) => view.getBigUint64(index * 8, true)
  const count = Math.floor(bytes.byteLength / (WORDS * 8))
  return Array.from({ length: count }, (_, index) => {
    const first = index * WORDS
    return [word(first), word(first + 1), word(first + 2)]
  })
}
