/**
 * Notices that the wall clock and the monotonic clock part: the wall clock was set, or the machine was asleep (on Linux
 * the monotonic clock stands still meanwhile). Slewing by NTP stays far below the threshold between two looks.
 */
import type { Micros, Millis } from '../kernel/time.js'

/** They part by more than this between two looks: a jump. */
const JUMP: Millis = 500

export class ClockWatch {
  #now: Micros
  #wallNow: Millis

  constructor(now: Micros, wallNow: Millis) {
    this.#now = now
    this.#wallNow = wallNow
  }

  /** By how much the wall clock jumped since the last look; undefined when it did not. */
  look(now: Micros, wallNow: Millis): Millis | undefined {
    const passed = (now - this.#now) / 1_000
    const jump = wallNow - this.#wallNow - passed
    this.#now = now
    this.#wallNow = wallNow
    return Math.abs(jump) > JUMP ? jump : undefined
  }
}
