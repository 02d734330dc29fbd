/**
 * The measured job and what disturbs it, the same for every peer.
 *
 * What happens is appended to a file in memory (/dev/shm), after the clock was read: 24 bytes with one `write` for each record. So
 * nothing is sent between threads or processes, and what a program has done is known even when it hangs. Layout: observe.ts.
 */
import { existsSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'

const settings = JSON.parse(process.env.COMPARE_LATENESS)
const { disturbance, file, go } = settings
export const intervalMs = settings.intervalMs
/** What the peer calls its variant, if it has several. */
export const variant = settings.variant
/** The URL of the server that the peer needs. */
export const serverUrl = settings.serverUrl

// Whoever started this program ends it. If that has died, it ends by itself.
if (isMainThread) setTimeout(() => process.exit(), settings.endAfterMs).unref()
const parent = process.ppid

const WORK_MS = 20
const OVERRUN_MS = 2.5 * intervalMs
const KINDS = { start: 0n, startForClock: 1n, end: 2n, scheduled: 3n, alignedToClock: 4n }

const records = openSync(file, 'a')
const record = new BigUint64Array(3)
const bytes = new Uint8Array(record.buffer)

function write(kind, at, due = 0n) {
  record[0] = kind
  record[1] = at
  record[2] = due
  writeSync(records, bytes)
}

/** To be called just before the job is scheduled, where it is due at multiples of the interval from now on. */
export const scheduled = () => write(KINDS.scheduled, process.hrtime.bigint())

/** To be called just before the job is scheduled, where it is due at whole multiples of the interval by the wall clock. */
export const alignedToClock = () => write(KINDS.alignedToClock, process.hrtime.bigint())

/** The measured job. `due`: the due moment by `process.hrtime`, where the peer tells it. */
export function job(due) {
  return ran(process.hrtime.bigint(), due)
}

/** The measured job of a peer that tells the due moment by the wall clock (milliseconds since the epoch). */
export function jobDueAt(dueMs) {
  const at = process.hrtime.bigint()
  return work(() => write(KINDS.startForClock, at, BigInt(dueMs)))
}

/** The rest of the job, for one whose first statement has read the clock itself. Returns a promise only for the load `overrun`. */
export function ran(at, due) {
  return work(() => write(KINDS.start, at, due))
}

function work(writeStart) {
  writeStart()
  if (disturbance === 'work') burn(WORK_MS)
  if (disturbance === 'overrun') return sleep(OVERRUN_MS).then(end)
  end()
}

const end = () => write(KINDS.end, process.hrtime.bigint())

/** Keeps the thread busy. */
export function burn(milliseconds) {
  const end = performance.now() + milliseconds
  while (performance.now() < end) Math.sqrt(Math.random())
}

/** True when there is a second job, {@link neighbour}. */
export const hasNeighbour = disturbance === 'neighbour' || disturbance === 'spinning'

/** How often the second job is due. Whole seconds, so that cron expressions can say it. */
export const neighbourSeconds = disturbance === 'neighbour' && intervalMs === 1_000 ? 3 : 1

/** The expression of the second job, with seconds. */
export const neighbourCron = neighbourSeconds === 1 ? '* * * * * *' : `*/${neighbourSeconds} * * * * *`

/** The second job. It computes; or, once the measured block has begun, it never returns. */
export function neighbour() {
  if (disturbance === 'neighbour') burn(intervalMs === 1_000 ? 1_300 : 300)
  if (disturbance === 'spinning' && existsSync(go)) spin()
}

function spin() {
  while (process.ppid === parent) burn(100)
}

/** True when the main thread is to be blocked. */
export const blocksMain = disturbance === 'blocked'

export const BLOCKED_SECONDS = { every: 5, long: 1 }

/** Computes for a second, once the measured block has begun. */
export function block() {
  if (existsSync(go)) burn(BLOCKED_SECONDS.long * 1_000)
}

/** Blocks this thread, which is the main thread of the program, from time to time, if the load says so. */
export function blockNowAndThen() {
  if (blocksMain) setInterval(block, BLOCKED_SECONDS.every * 1_000)
}
