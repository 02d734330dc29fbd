/**
 * The pauses that this instance knows, and their effect on its timers.
 *
 * P1. A timer is paused while its own record says so; a timer with a name and without a record of its own, while that of its
 *     method does. (A method may have been paused before its timers had names.)
 * P2. `pause` and `resume` have their effect before they return, and every change is told as `pause.changed`.
 * P3. A pause of a timer that is paused changes nothing: the first one says since when and why.
 * P4. What was said is kept as long as `kept` says, or is a problem.
 */
import { timersNamed } from '../../dispatch/find-timers.js'
import type { Lane, Timer } from '../../dispatch/lane.js'
import type { Clock } from '../../kernel/clock.js'
import type { Events } from '../../kernel/events.js'
import type { PauseKept, PauseOptions, PauseView } from '../../kernel/pause.js'
import type { Micros } from '../../kernel/time.js'
import { toWireError } from '../../kernel/wire-error/wire-error.js'
import type { PauseFile } from '../../state/open-state.js'
import type { LeadingGate } from '../leading/leading-gate.js'
import { DeploymentPauses } from './deployment-pauses.js'
import { InstancePauses } from './instance-pauses.js'
import { PauseBook, type PauseRecord } from './pause-book.js'
import { IN_MEMORY, type PauseKeeper } from './pause-keeper.js'
import { actorOf } from './pause-options.js'
import { takeSaved, toSave } from './saved-pauses.js'

export interface PausesOptions {
  readonly timers: readonly Timer[]
  readonly lanes: readonly Lane[]
  readonly clock: Clock
  readonly events: Events
  /** The state file, when there is one. */
  readonly file: PauseFile | undefined
  /** The instances of a deployment share a coordination store. */
  readonly isShared: boolean
  /** Time between two looks at the store, and the limit of one request. */
  readonly period: Micros
}

export class Pauses {
  /** What the coordinator is opened with; undefined when pauses are not kept in its store. */
  readonly gate: LeadingGate | undefined
  readonly #options: PausesOptions
  readonly #book: PauseBook
  readonly #keeper: PauseKeeper

  /** Takes over what the state file has. */
  constructor(options: PausesOptions) {
    const { clock, file, isShared, period } = options
    this.#options = options
    this.#book = new PauseBook((id, record) => this.#apply(id, record))
    const common = {
      book: this.#book,
      clock,
      onFailure: (ids: readonly string[], error: Error) => this.#tellFailure(ids, error),
      onSaved: (ids: readonly string[]) => this.#saved(ids),
    }
    if (isShared) {
      const shared = new DeploymentPauses({ ...common, period })
      this.gate = shared
      this.#keeper = shared
    } else this.#keeper = file ? new InstancePauses({ ...common, file }) : IN_MEMORY
    takeSaved(this.#book, file?.pauses ?? [], isShared)
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
      if (!timer.isPaused) this.#book.say(timer.definition.id, { isPaused: true, at, ...actor })
    }
    this.#keep()
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
    for (const paused of ended.keys()) this.#book.say(paused, { isPaused: false, at, ...actor })
    this.#keep()
    return [...ended.values()]
  }

  /** All pauses that are in effect, those of timers that this instance does not have included, by entrypoint. */
  list(): readonly PauseView[] {
    return this.#book.list().flatMap(([id]) => this.#viewOf(id) ?? [])
  }

  /** The pause of a timer, if it is paused. */
  of({ definition, lane }: Timer): PauseView | undefined {
    return this.#viewOf(this.#book.get(definition.id) ? definition.id : lane.id)
  }

  /** Resolves when the pauses are known that were kept before; at the latest after some seconds. The first tick waits for it. */
  loaded(): Promise<void> {
    return this.#keeper.loaded()
  }

  /** One sentence for each problem; for `/readyz`. */
  get problems(): readonly string[] {
    return this.#keeper.problems
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }

  #keep(): void {
    if (this.#book.unsaved().length === 0) return
    this.#mirror()
    this.#keeper.changed()
  }

  /** The state file has what the deployment's store has, for a start at which the store does not answer. */
  #mirror(): void {
    const { file, isShared } = this.#options
    if (!file || !isShared) return
    const pauses = toSave(this.#book, isShared)
    if (JSON.stringify(pauses) === JSON.stringify(file.pauses)) return
    file.savePauses(pauses)
    void file.flush()
  }

  /** The timers that an id names; none when only a pause is kept under it. @throws UsageError when there is neither. */
  #timersOf(id: string): readonly Timer[] {
    try {
      return timersNamed(this.#options, id)
    } catch (error) {
      if (this.#book.get(id)) return []
      throw error
    }
  }

  #apply(id: string, record: PauseRecord): void {
    const { timers, events } = this.#options
    for (const timer of timers) timer.isPaused = this.of(timer) !== undefined
    events.emit('pause.changed', { entrypoint: id, ...record, kept: this.#kept, isKnown: this.#isKnown(id) })
  }

  #saved(entrypoints: readonly string[]): void {
    this.#mirror()
    if (entrypoints.length > 0) this.#options.events.emit('pause.saved', { entrypoints, kept: this.#kept })
  }

  #tellFailure(entrypoints: readonly string[], error: Error): void {
    this.#options.events.emit('pause.failed', { entrypoints, kept: this.#kept, error: toWireError(error) })
  }

  get #kept(): PauseKept {
    return this.#keeper.kept
  }

  #viewOf(id: string): PauseView | undefined {
    const entry = this.#book.get(id)
    if (!entry?.record.isPaused) return undefined
    const { isPaused, ...facts } = entry.record
    const isSaved = entry.isSaved || this.#kept === 'process'
    return { entrypoint: id, ...facts, kept: this.#kept, isKnown: this.#isKnown(id), isSaved }
  }

  #isKnown(id: string): boolean {
    const { timers, lanes } = this.#options
    return timers.some(({ definition }) => definition.id === id) || lanes.some((lane) => lane.id === id)
  }
}
