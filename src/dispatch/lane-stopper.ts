/**
 * Stops what lanes do: all of them when the supervisor stops, those under a lease when the lease is being lost.
 *
 *     cleared --> quiet        what waits is skipped, what has not begun is called off, nothing is tried again
 *
 * 1. Lanes are quiet when no run and no claim of them is in flight; only then is a stop or a lost lease confirmed.
 * 2. A stopped lane starts nothing, for good. A lane whose lease was lost starts again when the lease is held again.
 * 3. A stop lets runs end by themselves until they are told otherwise; a lost lease tells them at once.
 */
import type { AbortCause } from '../kernel/vocabulary.js'
import type { Admission } from './admission.js'
import type { Lane, Run } from './lane.js'
import type { RunControl } from './run-control.js'
import type { RunLifecycle } from './run-lifecycle.js'
import type { CallOffReason } from './run-phase.js'

interface Waiter {
  readonly lanes: readonly Lane[]
  readonly resolve: () => void
}

export class LaneStopper {
  readonly #lanes: readonly Lane[]
  readonly #admission: Admission
  readonly #lifecycle: RunLifecycle
  readonly #control: RunControl
  readonly #waiters = new Set<Waiter>()

  constructor(lanes: readonly Lane[], admission: Admission, lifecycle: RunLifecycle, control: RunControl) {
    this.#lanes = lanes
    this.#admission = admission
    this.#lifecycle = lifecycle
    this.#control = control
  }

  /** From now on nothing starts. Resolves when no run is in flight any more. */
  stop(): Promise<void> {
    for (const lane of this.#lanes) lane.isStopping = true
    return this.#clear(this.#lanes, 'stopping')
  }

  /**
   * A lease is being lost: nothing starts under it any more (`holds` says so by now), and what runs is told to stop and
   * killed at the end of its grace. Resolves when everything has really stopped.
   */
  loseLease(lease: string): Promise<void> {
    return this.#clear(
      this.#lanes.filter(({ definition }) => definition.lease === lease),
      'not_leader',
    )
  }

  /** Tells every run to stop; those that have not by the end of their grace are killed with their threads. */
  abortAll(cause: AbortCause): void {
    for (const run of this.#runs()) this.#control.abort(run, cause)
  }

  /** Kills the threads of all runs at once. */
  killAll(): void {
    for (const run of this.#runs()) this.#control.kill(run)
  }

  /** Methods whose runs had to be killed, or could not be, since the stop began: `service.method`. */
  get killed(): string[] {
    return this.#lanes.filter((lane) => lane.hasBeenKilled || lane.runs.size > 0).map(({ id }) => id)
  }

  /** To be told of each run and claim that has left its lane. */
  onFreed(): void {
    if (this.#waiters.size === 0) return
    for (const waiter of this.#waiters) {
      if (!waiter.lanes.every(({ isQuiet }) => isQuiet)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  #clear(lanes: readonly Lane[], reason: CallOffReason): Promise<void> {
    for (const lane of lanes) {
      this.#admission.dropWaiting(lane, reason)
      for (const run of [...lane.runs]) this.#lifecycle.callOff(run, reason)
    }
    if (lanes.every(({ isQuiet }) => isQuiet)) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.add({ lanes, resolve }))
  }

  #runs(): Run[] {
    return this.#lanes.flatMap(({ runs }) => [...runs])
  }
}
