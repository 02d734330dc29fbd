/**
 * Reduces the kernel's timer slack, by which every sleep of a thread may be longer (50 µs by default), to 1 ns.
 *
 * Threads inherit the slack of the thread that creates them, so this must be done on the main thread before the first
 * worker is spawned. Linux only; needs no privilege for the calling thread itself (fs/proc/base.c). Where it is not
 * possible sleeps are merely less sharp.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const SLACK_FILE = '/proc/self/timerslack_ns'

/** Returns the current slack in nanoseconds; undefined where the kernel does not report it. */
export function cutTimerSlack(): number | undefined {
  try {
    writeFileSync(SLACK_FILE, '1')
    return Number(readFileSync(SLACK_FILE, 'utf8'))
  } catch {
    return undefined
  }
}
