/**
 * Keeps in the coordination store up to which due moment the ticks of each timer under one lease are judged: the *mark* of the timer. To
 * judge a tick is to decide whether it is run, skipped or made up for. Each leader writes the marks, so that the next one can judge
 * the ticks that came due while nobody led. A *term* is the time from when this instance gains the lease until it loses it.
 *
 *     idle --gained--> reading --read--> keeping --lost, or fenced--> idle
 *                         '-------------lost------------------------^
 *
 * M1. A mark is written only for a due moment that was judged while the lease was held, and with the epoch of that term as its fence.
 * M2. In a term, no mark is written before the marks are read. The ticks that came due after a mark and before the first tick of the term
 *     are judged once, when the marks are read.
 * M3. At most one write per timer is sent within {@link WRITE_EVERY}, however often the timer ticks, and one more when the lease is
 *     given back.
 * M4. A request that fails is a problem until a request succeeds, and is sent again for as long as the term lasts.
 * M5. When a leader with a higher epoch has written a mark, this term writes none any more.
 *
 * So a leader that dies may have judged ticks later than its marks say: those of the last {@link WRITE_EVERY} and of the time that one
 * request takes. The next leader judges these ticks again.
 */
import { InterruptibleSleep } from '../../coordinate/interruptible-sleep.js'
import type { KeyValueStore } from '../../coordinate/key-value/key-value.js'
import { withDeadline } from '../../coordinate/stores/with-deadline.js'
import { onceAborted } from '../../coordinate/until-aborted.js'
import type { Clock } from '../../kernel/clock.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { Due } from '../../schedule/cadence.js'
import { decodeMark, encodeMark, markKey, marksOf, scheduleText } from './mark-value.js'
import { type MarkedTimer, type OpenSince, TimerMark } from './timer-mark.js'

export interface LeaseMarksOptions {
  readonly lease: string
  /** The timers whose ticks are judged under the lease. */
  readonly timers: readonly MarkedTimer[]
  readonly clock: Clock
  readonly openSince: OpenSince
  /** The limit of one request, and the time until one that failed is sent again: `escapement.coordination.retry`. */
  readonly period: Micros
  /**
   * Judges the due moments after `mark` and before `first`, the first due moment that was judged in this term. Undefined: none was judged
   * yet, so all due moments before the next one of the timer are meant.
   */
  readonly judge: (timer: MarkedTimer, mark: Millis, first: Due | undefined) => void
}

/** Time between two writes of the mark of one timer. */
const WRITE_EVERY: Micros = 1_000_000

/** How long the last writes may take before a lease is given back. */
const LEAVE_WITHIN: Micros = 1_000_000

/** The sleep when there is nothing to write. The next tick of a timer ends it earlier. */
const FOREVER: Micros = 3_600_000_000

interface Term {
  readonly epoch: bigint
  readonly marks: ReadonlyMap<MarkedTimer, TimerMark>
  readonly ended: AbortController
}

export class LeaseMarks {
  readonly #options: LeaseMarksOptions
  readonly #sleeper: InterruptibleSleep
  #term: Term | undefined
  #running: Promise<void> = Promise.resolve()
  #isAwaited = false
  #failure: Error | undefined

  constructor(options: LeaseMarksOptions) {
    this.#options = options
    this.#sleeper = new InterruptibleSleep(options.clock)
  }

  /** One sentence when the store did not answer the last request. */
  get problem(): string | undefined {
    if (!this.#failure) return undefined
    return `which ticks under the lease ${this.#options.lease} are judged cannot be read or written at present, so a new leader may judge them again: ${this.#failure.message}`
  }

  gained(epoch: bigint, values: KeyValueStore, isStarted: Promise<void>): void {
    const { timers, openSince } = this.#options
    this.lost()
    const marks = new Map(timers.map((timer) => [timer, new TimerMark(timer, openSince)]))
    const term = { epoch, marks, ended: new AbortController() }
    this.#term = term
    this.#running = this.#keep(term, values, isStarted)
  }

  /** Call it with each due moment that was judged while the lease was held. */
  judged(timer: MarkedTimer, due: Due): void {
    this.#term?.marks.get(timer)?.judged(due)
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this.#sleeper.interrupt()
  }

  /** Writes the marks that are not written yet, for a second at most. Resolves when the lease may be given back. */
  async leave(values: KeyValueStore): Promise<void> {
    const { clock } = this.#options
    const term = this.#term
    if (!term) return
    this.lost()
    await withDeadline(clock, LEAVE_WITHIN, async () => {
      await this.#running
      for (const mark of term.marks.values()) await this.#write(term, mark, values)
    }).catch((error) => {
      this.#failure = error
    })
  }

  /** Ends the term. */
  lost(): void {
    this.#term?.ended.abort()
    this.#term = undefined
    this.#failure = undefined
    this.#sleeper.interrupt()
  }

  async #keep(term: Term, values: KeyValueStore, isStarted: Promise<void>): Promise<void> {
    const { signal } = term.ended
    await Promise.race([isStarted, onceAborted(signal)])
    while (!signal.aborted && !(await this.#attempt(() => this.#read(term, values)))) await this.#pause()
    while (!signal.aborted) {
      const now = this.#options.clock.now()
      const dirty = [...term.marks.values()].filter(({ isDirty }) => isDirty)
      const ripe = dirty.filter(({ sentAt }) => sentAt + WRITE_EVERY <= now)
      const isDone = await this.#attempt(async () => {
        for (const mark of ripe) if (!signal.aborted) await this.#write(term, mark, values)
      })
      if (signal.aborted) return
      if (isDone) await this.#rest(term)
      else await this.#pause()
    }
  }

  /** Sleeps until the next mark may be written. */
  async #rest({ marks }: Term): Promise<void> {
    const { clock } = this.#options
    const dirty = [...marks.values()].filter(({ isDirty }) => isDirty)
    const nextAt = Math.min(...dirty.map(({ sentAt }) => sentAt + WRITE_EVERY))
    this.#isAwaited = dirty.length === 0
    await this.#sleeper.sleep(this.#isAwaited ? FOREVER : Math.max(0, nextAt - clock.now()))
  }

  async #pause(): Promise<void> {
    this.#isAwaited = false
    await this.#sleeper.sleep(this.#options.period)
  }

  async #read({ marks, ended }: Term, values: KeyValueStore): Promise<void> {
    const services = new Set([...marks.keys()].map(({ definition }) => definition.service))
    const found = new Map<string, string>()
    for (const service of services) {
      const list = await this.#request((signal) => values.list(marksOf(service), signal))
      for (const { key, value } of list) found.set(key, value)
    }
    if (ended.signal.aborted) return
    for (const [timer, mark] of marks) {
      const { id, schedule } = timer.definition
      const value = found.get(markKey(id))
      const written = value === undefined ? undefined : decodeMark(value)
      const isOfSchedule = written?.schedule === scheduleText(schedule)
      if (written && isOfSchedule) this.#options.judge(timer, written.due, mark.first)
      mark.read(isOfSchedule ? written?.due : undefined)
    }
  }

  async #write(term: Term, mark: TimerMark, values: KeyValueStore): Promise<void> {
    const { id, schedule } = mark.timer.definition
    mark.sentAt = this.#options.clock.now()
    const due = mark.toWrite
    if (due === undefined) return
    const value = encodeMark({ due, schedule: scheduleText(schedule) })
    const answer = await this.#request((signal) => values.put(markKey(id), value, { fence: term.epoch }, signal))
    if (answer.kind === 'stored') mark.wrote(due)
    else term.ended.abort()
  }

  /** Resolves to whether the requests of `send` succeeded; notes the error when they did not. */
  async #attempt(send: () => Promise<void>): Promise<boolean> {
    try {
      await send()
      this.#failure = undefined
      return true
    } catch (error) {
      this.#failure = error as Error
      return false
    }
  }

  #request<Answer>(send: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const { clock, period } = this.#options
    return withDeadline(clock, period, send)
  }
}
