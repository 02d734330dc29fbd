/**
 * Stops lanes: all of them when the supervisor stops, those that need a lease when the lease is being lost.
 *
 *     cleared --> quiet        waiting ticks are skipped, runs that have not begun are cancelled, no run is retried
 *
 * 1. Lanes are quiet when they have no run and no claim in progress; only then is a stop or a lost lease confirmed.
 * 2. A stopped lane never starts a run again. A lane whose lease was lost starts runs again when the lease is held again.
 * 3. A stop lets runs end by themselves until {@link LaneStopper.abortAll}; a lost lease aborts them at once.
 */
import type { AbortCause } from '../kernel/vocabulary.js'
import type { Admission } from './admission.js'
import type { Lane, Run } from './lane.js'
import type { Offering } from './offering/offering.js'
import type { RunControl } from './run-control.js'
import type { RunLifecycle } from './run-lifecycle.js'
import type { CancelReason } from './run-phase.js'
import type { Taking } from './taking/taking.js'

/** The parts that concern scope `queue`. */
export interface Tickets {
  readonly offering: Offering
  readonly taking: Taking
}

interface Waiter {
  readonly lanes: readonly Lane[]
  readonly resolve: () => void
}

export class LaneStopper {
  readonly #lanes: readonly Lane[]
  readonly #admission: Admission
  readonly #lifecycle: RunLifecycle
  readonly #control: RunControl
  readonly #tickets: Tickets | undefined
  readonly #waiters = new Set<Waiter>()

  constructor(
    lanes: readonly Lane[],
    admission: Admission,
    lifecycle: RunLifecycle,
    control: RunControl,
    tickets: Tickets | undefined,
  ) {
    this.#lanes = lanes
    this.#admission = admission
    this.#lifecycle = lifecycle
    this.#control = control
    this.#tickets = tickets
  }

  /** Prevents all further starts. Resolves when no run is in progress and no offer to the queue is unanswered. */
  stop(): Promise<void> {
    for (const lane of this.#lanes) lane.isStopping = true
    const quiet = this.#clear(this.#lanes, 'stopping')
    if (!this.#tickets) return quiet
    this.#tickets.taking.stop()
    return Promise.all([quiet, this.#tickets.offering.stop()]).then(() => {})
  }

  /**
   * Stops the lanes that need a lease which is being lost (`holds` already returns false): aborts their runs, and kills those that
   * do not end within their grace. Resolves when all have ended. Runs of tickets need no lease: only the hand-over ends.
   */
  loseLease(lease: string): Promise<void> {
    this.#tickets?.offering.loseLease(lease)
    return this.#clear(
      this.#lanes.filter(({ definition }) => definition.lease === lease),
      'not_leader',
    )
  }

  /** Aborts every run; a run that has not ended at the end of its grace is killed with its thread. */
  abortAll(cause: AbortCause): void {
    if (cause === 'stopping') this.#tickets?.offering.giveUp()
    for (const run of this.#runs()) this.#control.abort(run, cause)
  }

  /** Kills the threads of all runs at once. */
  killAll(): void {
    this.#tickets?.offering.giveUp()
    for (const run of this.#runs()) this.#control.kill(run)
  }

  /** Methods whose runs had to be killed, or could not be, since the stop began: `service.method`. */
  get killed(): string[] {
    return this.#lanes.filter((lane) => lane.hasBeenKilled || lane.runs.size > 0).map(({ id }) => id)
  }

  /** Call this whenever a run or claim has left its lane. */
  onFreed(): void {
    if (this.#waiters.size === 0) return
    for (const waiter of this.#waiters) {
      if (!waiter.lanes.every(({ isQuiet }) => isQuiet)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  #clear(lanes: readonly Lane[], reason: CancelReason): Promise<void> {
    for (const lane of lanes) {
      this.#admission.dropWaiting(lane, reason)
      for (const run of [...lane.runs]) this.#lifecycle.cancel(run, reason)
    }
    if (lanes.every(({ isQuiet }) => isQuiet)) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.add({ lanes, resolve }))
  }

  #runs(): Run[] {
    return this.#lanes.flatMap(({ runs }) => [...runs])
  }
}
