/**
 * Detects jumps of the wall clock against the monotonic clock: somebody set the wall clock, or the machine was suspended
 * (on Linux the monotonic clock stops meanwhile). NTP slews the wall clock by far less than the threshold.
 */
import type { Micros, Millis } from '../kernel/time.js'

/** A difference above this between two readings is a jump. */
const JUMP: Millis = 500

export class ClockWatch {
  #now: Micros
  #wallNow: Millis

  constructor(now: Micros, wallNow: Millis) {
    this.#now = now
    this.#wallNow = wallNow
  }

  /** By how much the wall clock jumped since the last reading; undefined when it did not. */
  look(now: Micros, wallNow: Millis): Millis | undefined {
    const passed = (now - this.#now) / 1_000
    const jump = wallNow - this.#wallNow - passed
    this.#now = now
    this.#wallNow = wallNow
    return Math.abs(jump) > JUMP ? jump : undefined
  }
}
