/**
 * Finds out that a thread hangs outside a run: a loop that a finished job has left behind keeps it from beginning anything,
 * and no time-out of a run can notice, because a time-out counts from the beginning of the run.
 *
 *   idle -- a run or a call is sent --> armed                   one alarm for the thread, not one for each run
 *   armed -- alarm: nothing is awaited --> idle
 *   armed -- alarm: the thread still has time, or is at work --> armed
 *   armed -- alarm: the limit of something awaited is over --> hung
 *   idle, armed, hung -- the thread has exited --> ended
 *
 *  1. Awaited is a run or a call that the thread has been sent and has not begun, and a run whose method has ended and whose
 *     report has not come.
 *  2. While a run or a call is in progress on the thread, nothing counts as late: the thread is at work.
 *  3. A limit counts from the latest of: when the thread was sent it (when it is due, for a run that the gate holds), when the
 *     last other run or call ended, and when the main thread woke up from a stall of its own.
 *  4. A hang is reported once. Nothing is reported of a thread that has exited.
 *  5. A thread to which nothing is sent has no alarm; the last one after it was sent something may still ring.
 *  6. Between two alarms nothing depends on how much the thread has been sent. An alarm may be early, and is then set anew; it
 *     is never later than the first limit.
 */
import type { Clock } from '../kernel/clock.js'
import type { LaneDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'

/** Something that the thread is to begin or to report. */
export interface Awaited {
  /** Id of the entrypoint. */
  readonly entrypoint: string
  readonly since: Micros
  readonly limit: Micros
}

/** What the thread has been sent, as it stands now. */
export interface ThreadWork {
  /** The method of a run or a call has been entered and has not ended. */
  readonly isInProgress: boolean
  readonly awaited: Iterable<Awaited>
}

/** What was awaited of a thread that hangs, and for how long in vain. */
export interface Hang {
  readonly entrypoint: string
  readonly waited: Micros
}

export interface HangWatchOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly work: ThreadWork
  readonly onHang: (hang: Hang) => void
}

/** The limit of runs without a time-out, from hand-over to begin. */
const DEFAULT_LIMIT: Micros = 10_000_000

/** No limit is shorter: a busy machine, or a collection of garbage, keeps a healthy thread from beginning for a while. */
const SHORTEST_LIMIT: Micros = 500_000

/** What a call that is not begun is allowed beyond its deadline. */
const CALL_GRACE: Micros = 1_000_000

/** An alarm that is late by more than this says that the main thread, and maybe the whole process, stood still. */
const STALL: Micros = 250_000

/** What is told of a hang is rounded to this. */
const READABLE: Micros = 10_000

/** Node's timers cannot wait for more than 24 days. */
const LONGEST_ALARM: Micros = 86_400_000_000

/** How long a run may wait for its thread to begin it, while nothing else is in progress there. */
export function runLimit({ timeout, abortGrace }: Pick<LaneDefinition, 'timeout' | 'abortGrace'>): Micros {
  return timeout === undefined ? DEFAULT_LIMIT : Math.max(SHORTEST_LIMIT, timeout + abortGrace)
}

/** The same of a call that is sent at `now`. */
export function callLimit(now: Micros, deadline: Micros): Micros {
  return Number.isFinite(deadline) ? Math.max(0, deadline - now) + CALL_GRACE : DEFAULT_LIMIT
}

type State =
  | { readonly name: 'idle' | 'hung' | 'ended' }
  | { readonly name: 'armed'; readonly at: Micros; readonly cancel: () => void }

export class HangWatch {
  readonly #options: HangWatchOptions
  #state: State = { name: 'idle' }
  /** When the last run or call ended while others were awaited, or the main thread woke up from a stall. */
  #countedFrom: Micros = Number.NEGATIVE_INFINITY
  /** The shortest limit of all that was sent since the state was idle. */
  #shortest: Micros = Number.POSITIVE_INFINITY

  constructor(options: HangWatchOptions) {
    this.#options = options
  }

  /** The thread has been sent something that it must begin within `limit` from `since` if nothing else is in progress on it. */
  sent(since: Micros, limit: Micros): void {
    this.#shortest = Math.min(this.#shortest, limit)
    if (this.#state.name === 'idle' || this.#state.name === 'armed') this.#lookBy(since + limit)
  }

  /** A run or a call has ended, and others are in progress or awaited. */
  finishedOne(): void {
    this.#countedFrom = this.#options.clock.now()
    if (this.#state.name === 'armed') this.#lookBy(this.#countedFrom + this.#shortest)
  }

  /** What has been awaited for more than half of its limit, if anything. */
  get suspicion(): Hang | undefined {
    const now = this.#options.clock.now()
    const next = this.#next()
    return next && now >= next.deadline - next.awaited.limit / 2 ? hangOf(next, now) : undefined
  }

  /** The thread has exited, or is being ended. */
  end(): void {
    if (this.#state.name === 'armed') this.#state.cancel()
    this.#state = { name: 'ended' }
  }

  /** Sets the alarm to `latest`, unless it is set to an earlier moment. */
  #lookBy(latest: Micros): void {
    const state = this.#state
    if (state.name === 'armed') {
      if (state.at <= latest) return
      state.cancel()
    }
    this.#arm(latest)
  }

  #arm(latest: Micros): void {
    const { clock } = this.#options
    const now = clock.now()
    const at = Math.min(Math.max(latest, now), now + LONGEST_ALARM)
    this.#state = { name: 'armed', at, cancel: clock.after(at - now, () => this.#look(at)) }
  }

  #look(planned: Micros): void {
    const { clock, work, onHang } = this.#options
    const now = clock.now()
    if (now - planned > STALL) this.#countedFrom = now
    if (work.isInProgress) {
      // It may end without a report: what comes after it is looked at again.
      this.#arm(now + DEFAULT_LIMIT)
      return
    }
    const next = this.#next()
    if (!next) {
      this.#state = { name: 'idle' }
      this.#shortest = Number.POSITIVE_INFINITY
    } else if (now < next.deadline) {
      this.#arm(next.deadline)
    } else {
      this.#state = { name: 'hung' }
      onHang(hangOf(next, now))
    }
  }

  /** What is awaited and must come first; undefined when nothing is, or the thread is at work. */
  #next(): Deadline | undefined {
    const { work } = this.#options
    if (work.isInProgress) return undefined
    let first: Deadline | undefined
    for (const awaited of work.awaited) {
      const deadline = Math.max(awaited.since, this.#countedFrom) + awaited.limit
      if (!first || deadline < first.deadline) first = { awaited, deadline }
    }
    return first
  }
}

interface Deadline {
  readonly awaited: Awaited
  readonly deadline: Micros
}

function hangOf({ awaited, deadline }: Deadline, now: Micros): Hang {
  const waited = now - (deadline - awaited.limit)
  return { entrypoint: awaited.entrypoint, waited: Math.round(waited / READABLE) * READABLE }
}
