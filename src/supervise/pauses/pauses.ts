/**
 * The pauses that this instance knows, and their effect on its timers.
 *
 *     none --pause--> paused --resume--> resumed --pause--> paused
 *
 * P1. A timer is paused while its own record says so; a timer with a name and without a record of its own, while that of its
 *     method does. (A method may have been paused before its timers had names.)
 * P2. `pause` and `resume` have their effect before they return, and every change is told as `pause.changed`.
 * P3. A pause of a timer that is paused changes nothing: the first one says since when and why.
 */
import type { Lane, Timer } from '../../dispatch/lane.js'
import type { Clock } from '../../kernel/clock.js'
import type { Events } from '../../kernel/events.js'
import type { PauseKept, PauseOptions, PauseView } from '../../kernel/pause.js'
import type { Millis } from '../../kernel/time.js'
import { timersNamed } from '../find-timers.js'
import { actorOf } from './pause-options.js'

/** The last thing that was said about a timer. */
interface PauseRecord {
  readonly isPaused: boolean
  readonly at: Millis
  readonly by: string
  readonly reason?: string
}

export interface PausesOptions {
  readonly timers: readonly Timer[]
  readonly lanes: readonly Lane[]
  readonly clock: Clock
  readonly events: Events
  readonly kept: PauseKept
}

export class Pauses {
  readonly #options: PausesOptions
  readonly #records = new Map<string, PauseRecord>()

  constructor(options: PausesOptions) {
    this.#options = options
  }

  /**
   * Pauses a timer, or all timers of a method; returns the pauses that are in effect on them.
   *
   * @throws UsageError (`ERR_NO_TIMER`, `ERR_OPTIONS`, `ERR_UNKNOWN_OPTION`)
   */
  pause(id: string, options: PauseOptions = {}): readonly PauseView[] {
    const actor = actorOf(options, 'supervisor.pause()')
    const timers = timersNamed(this.#options, id)
    const at = this.#options.clock.wallNow()
    for (const timer of timers) {
      if (!timer.isPaused) this.#set(timer.definition.id, { isPaused: true, at, ...actor })
    }
    return timers.map((timer) => this.of(timer)!)
  }

  /**
   * Ends the pause of a timer, or of all timers of a method; returns the pauses that it has ended.
   *
   * @throws UsageError (`ERR_NO_TIMER`, `ERR_OPTIONS`, `ERR_UNKNOWN_OPTION`)
   */
  resume(id: string, options: PauseOptions = {}): readonly PauseView[] {
    const actor = actorOf(options, 'supervisor.resume()')
    const at = this.#options.clock.wallNow()
    const timers = this.#timersOf(id)
    const own = this.#viewOf(id)
    const ended = new Map(own && [[id, own]])
    for (const timer of timers) {
      const view = this.of(timer)
      if (view) ended.set(timer.definition.id, view)
    }
    for (const paused of ended.keys()) this.#set(paused, { isPaused: false, at, ...actor })
    return [...ended.values()]
  }

  /** All pauses that are in effect, those of timers that this instance does not have included, by entrypoint. */
  list(): readonly PauseView[] {
    return [...this.#records.keys()].sort().flatMap((id) => this.#viewOf(id) ?? [])
  }

  /** The pause of a timer, if it is paused. */
  of({ definition, lane }: Timer): PauseView | undefined {
    return this.#viewOf(this.#records.has(definition.id) ? definition.id : lane.id)
  }

  /** The timers that an id names; none when only a pause is kept under it. @throws UsageError when there is neither. */
  #timersOf(id: string): readonly Timer[] {
    try {
      return timersNamed(this.#options, id)
    } catch (error) {
      if (this.#records.has(id)) return []
      throw error
    }
  }

  #set(id: string, record: PauseRecord): void {
    const { timers, events, kept } = this.#options
    this.#records.set(id, record)
    for (const timer of timers) timer.isPaused = this.of(timer) !== undefined
    events.emit('pause.changed', { entrypoint: id, ...record, kept, isKnown: this.#isKnown(id) })
  }

  #viewOf(id: string): PauseView | undefined {
    const record = this.#records.get(id)
    if (!record?.isPaused) return undefined
    const { isPaused, ...facts } = record
    const { kept } = this.#options
    return { entrypoint: id, ...facts, kept, isKnown: this.#isKnown(id), isSaved: kept === 'process' }
  }

  #isKnown(id: string): boolean {
    const { timers, lanes } = this.#options
    return timers.some(({ definition }) => definition.id === id) || lanes.some((lane) => lane.id === id)
  }
}
