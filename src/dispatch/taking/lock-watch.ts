/**
 * Aborts the runs of tickets whose locks are nearly over: so early that the grace of the run, and a second for the kill, end before the lock
 * does.
 *
 * From the same moment on no method is called, also none of a run that has been handed to its thread: the thread is told the moment, and told
 * again after each look, because renewals make it later.
 *
 * One timer serves all runs, because nearly all of them end before it fires.
 */
import type { Clock } from '../../kernel/clock.js'
import { KILL_CONFIRM } from '../../kernel/kill-confirm.js'
import { SmallSet } from '../../kernel/small-set.js'
import type { HeldTicket } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { Lane, Run } from '../lane.js'
import type { RunLifecycle } from '../run-lifecycle.js'
import type { TicketQueue } from '../ticket-queue.js'

export interface LockWatchOptions {
  readonly clock: Clock
  readonly queue: Pick<TicketQueue, 'validUntil'>
  readonly lifecycle: Pick<RunLifecycle, 'cancel'>
}

/** How often the locks are looked at, to tell the threads of renewals, and to abort a run when the store has given its ticket away. */
const LOOK_EVERY: Micros = 500_000

export class LockWatch {
  readonly #options: LockWatchOptions
  readonly #runs = new SmallSet<Run>()
  #lookAt: Micros = Number.POSITIVE_INFINITY
  #cancelLook: () => void = nothing

  constructor(options: LockWatchOptions) {
    this.#options = options
  }

  /** From this moment on a run of the ticket is aborted, and none begins. */
  endsAt({ definition }: Lane, held: HeldTicket): Micros {
    return this.#options.queue.validUntil(held) - definition.abortGrace - KILL_CONFIRM
  }

  /** @param endsAt as {@link endsAt} said it when the run was started. */
  add(run: Run, endsAt: Micros): void {
    this.#runs.add(run)
    this.#lookBy(endsAt)
  }

  /** Call it when the run has ended. */
  delete(run: Run): void {
    this.#runs.delete(run)
    if (this.#runs.size === 0) this.#noLook()
  }

  #look(): void {
    const { clock, lifecycle } = this.#options
    this.#noLook()
    for (const run of [...this.#runs]) {
      const endsAt = this.endsAt(run.lane, run.held!)
      run.handle?.mayCallBefore(endsAt)
      if (endsAt > clock.now()) this.#lookBy(endsAt)
      else lifecycle.cancel(run, 'not_leader')
    }
  }

  #lookBy(endsAt: Micros): void {
    const now = this.#options.clock.now()
    const moment = Math.min(endsAt, now + LOOK_EVERY)
    if (moment >= this.#lookAt) return
    this.#cancelLook()
    this.#lookAt = moment
    this.#cancelLook = this.#options.clock.after(Math.max(0, moment - now), () => this.#look())
  }

  #noLook(): void {
    this.#cancelLook()
    this.#cancelLook = nothing
    this.#lookAt = Number.POSITIVE_INFINITY
  }
}

function nothing(): void {}
