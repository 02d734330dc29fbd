/**
 * Runs the tickets that this instance takes from the queue, and settles each.
 *
 *     taken   --> waiting | running | expired | returned
 *     waiting --> running                     its lane has room and a thread is idle
 *             \-> expired                     its start deadline has passed
 *             \-> returned                    no room in time, quarantine, stop, or the lock is nearly over
 *     running --> settled                     completed, or failed for good
 *             \-> expired                     its start deadline passed before its method was called
 *             \-> returned                    the attempt failed and another follows, or a stop or the lock cut it off
 *
 * 1. Each ticket is settled exactly once, in the turn in which its place in the ledger is booked.
 * 2. A ticket that waits is counted as pending, one that runs as active.
 * 3. A run in progress is aborted so early that its grace, and a second for the kill, end before its lock does. Later than that, no run
 *    begins, also none that has been handed to its thread: the thread is told the moment, and looks at it before it calls the method.
 * 4. A run needs no lease: the loss of the lease under which ticks are offered does not end it.
 * 5. After {@link Taking.stop} no run begins.
 */
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import type { HeldTicket, Settlement } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'
import type { ReturnReason } from '../kernel/vocabulary.js'
import { announceReturned, announceSkipped } from './announce.js'
import { countTicket } from './count-ticket.js'
import type { Executor, Placement } from './executor.js'
import type { HeldTick, Lane, Run, Timer } from './lane.js'
import type { RunLifecycle } from './run-lifecycle.js'
import { tickOf } from './ticket-of.js'
import type { TicketQueue } from './ticket-queue.js'

export interface TakingOptions {
  readonly timers: readonly Timer[]
  readonly queue: TicketQueue
  readonly lifecycle: RunLifecycle
  readonly executor: Executor
  readonly clock: Clock
  readonly events: Events
  /** Called when the number of open tickets of the service has changed: one was taken, or is about to be settled. */
  readonly onChange: (service: string) => void
  /** Called with a ticket of a timer that this instance does not have, or has with another scope. It is returned after 2 s. */
  readonly onStray: (held: HeldTicket) => void
}

/** How long a ticket waits for its lane and for an idle thread; then it is returned, and another instance may take it. */
const PATIENCE: Micros = 2_000_000

/** How often waiting tickets are looked at, even when no run has ended. */
const LOOK: Micros = 50_000

/** How often the lock of a ticket that runs is looked at, to tell its thread of renewals, and to abort it when the store has given it away. */
const LOCK_LOOK: Micros = 500_000

/** How long a killed thread may take to exit. */
const KILL_CONFIRM: Micros = 1_000_000

type Verdict =
  | { readonly do: 'run'; readonly placement: Placement }
  | { readonly do: 'wait' }
  | { readonly do: 'expire' }
  | { readonly do: 'return'; readonly reason: ReturnReason }

export class Taking {
  readonly #options: TakingOptions
  readonly #byId: ReadonlyMap<string, Timer>
  /** The waiting tickets in the order in which they were taken, each with the moment when it was taken. */
  readonly #waiting = new Map<HeldTick, Micros>()
  readonly #cancelWatches = new Map<Run, () => void>()
  readonly #open = new Map<string, number>()
  #cancelLook: () => void = nothing
  #isStopped = false

  constructor(options: TakingOptions) {
    this.#options = options
    const queued = options.timers.filter(({ definition }) => definition.scope === 'queue')
    this.#byId = new Map(queued.map((timer) => [timer.definition.id, timer]))
  }

  /** Runs a ticket that this instance has taken, now or as soon as there is room. */
  take(held: HeldTicket): void {
    const { clock } = this.#options
    const timer = this.#byId.get(held.ticket.entrypoint)
    if (!timer) {
      this.#takeStray(held)
      return
    }
    timer.ledger.take()
    this.#opened(timer, 1)
    const taken = { timer, tick: tickOf(held, clock), held }
    const now = clock.now()
    const verdict = this.#judge(taken, now, now)
    if (verdict.do === 'run') {
      timer.ledger.dispatch()
      this.#run(taken, verdict.placement)
    } else if (verdict.do === 'wait') {
      timer.ledger.wait()
      this.#waiting.set(taken, now)
      this.#lookLater()
    } else if (verdict.do === 'expire') {
      timer.ledger.skip('missed')
      this.#expire(taken)
    } else {
      timer.ledger.giveBack()
      this.#return(taken, verdict.reason)
    }
    // Counted after the ticket's place in the ledger is booked: until then the row of the timer has an unfinished change.
    countTicket(timer, 'taken')
    if (held.redelivered) countTicket(timer, 'redelivered')
  }

  /** Starts waiting tickets that can start. Call it when a run has ended or a thread has come up. */
  look(): void {
    if (this.#waiting.size === 0) return
    const now = this.#options.clock.now()
    for (const [taken, since] of [...this.#waiting]) {
      const { ledger } = taken.timer
      const verdict = this.#judge(taken, since, now)
      if (verdict.do === 'wait' || !this.#waiting.delete(taken)) continue
      if (verdict.do === 'run') {
        ledger.dispatchPending()
        this.#run(taken, verdict.placement)
      } else if (verdict.do === 'expire') {
        ledger.drop('missed')
        this.#expire(taken)
      } else {
        ledger.giveBackPending()
        this.#return(taken, verdict.reason)
      }
    }
    this.#lookLater()
  }

  /** Returns the tickets that wait. Tickets whose runs are in progress are not touched: their runs end as those of other scopes. */
  stop(): void {
    this.#isStopped = true
    this.look()
  }

  /** Number of tickets of a service that wait or run on this instance. */
  open(service: string): number {
    return this.#open.get(service) ?? 0
  }

  /** Settles a ticket. Call it when the run of the ticket has ended and its place in the ledger is booked. */
  ended(run: Run, held: HeldTicket, settlement: Settlement): void {
    this.#cancelWatches.get(run)?.()
    this.#cancelWatches.delete(run)
    this.#settle(run.timer, held, settlement)
  }

  #judge({ timer, tick, held }: HeldTick, since: Micros, now: Micros): Verdict {
    const { executor } = this.#options
    const { lane } = timer
    if (this.#isStopped || lane.isStopping) return { do: 'return', reason: 'stopping' }
    if (now > tick.startBy) return { do: 'expire' }
    if (now >= this.#abortAt(lane, held)) return { do: 'return', reason: 'lock_lost' }
    if (lane.circuit.blocks(now) !== undefined) return { do: 'return', reason: 'quarantined' }
    if (lane.runs.size < lane.definition.concurrency) {
      const placement = executor.place(timer.index, now)
      if (placement?.isIdle) return { do: 'run', placement }
    }
    return now - since < PATIENCE ? { do: 'wait' } : { do: 'return', reason: 'saturated' }
  }

  #run({ timer, tick, held }: HeldTick, placement: Placement): void {
    const abortAt = this.#abortAt(timer.lane, held)
    const run = this.#options.lifecycle.start(timer, tick, placement, false, { held, callBefore: abortAt })
    this.#watchLock(run, held, abortAt)
  }

  /** Tells the thread of renewals, and aborts the run when it must end before its lock does (invariant 3). */
  #watchLock(run: Run, held: HeldTicket, abortAt: Micros): void {
    const { clock, lifecycle } = this.#options
    const rest = abortAt - clock.now()
    if (rest <= 0) {
      lifecycle.cancel(run, 'not_leader')
      return
    }
    const look = () => {
      const later = this.#abortAt(run.lane, held)
      run.handle?.mayCallBefore(later)
      this.#watchLock(run, held, later)
    }
    this.#cancelWatches.set(run, clock.after(Math.min(rest, LOCK_LOOK), look))
  }

  /** When a run of a ticket is aborted unless the lock is renewed: from then on none begins (invariant 3). */
  #abortAt({ definition }: Lane, held: HeldTicket): Micros {
    return this.#options.queue.validUntil(held) - definition.abortGrace - KILL_CONFIRM
  }

  #expire({ timer, tick, held }: HeldTick): void {
    announceSkipped(this.#options.events, timer, tick, 'missed')
    this.#settle(timer, held, { kind: 'expired' })
  }

  #return({ timer, tick, held }: HeldTick, reason: ReturnReason): void {
    announceReturned(this.#options.events, timer, tick, held, reason)
    this.#settle(timer, held, { kind: 'returned' })
  }

  #settle(timer: Timer, held: HeldTicket, settlement: Settlement): void {
    const { kind } = settlement
    if (kind === 'returned' || kind === 'expired') countTicket(timer, kind)
    // Before the settlement: it can take the next ticket in the same request, if there is room by then.
    this.#opened(timer, -1)
    this.#options.queue.settle(held, settlement, (settled) => {
      if (settled === 'refused') countTicket(timer, 'refused')
    })
  }

  #takeStray(held: HeldTicket): void {
    const { clock, queue, onStray } = this.#options
    onStray(held)
    // Not returned at once: this instance would take it again immediately.
    clock.after(PATIENCE, () => queue.settle(held, { kind: 'returned' }, () => {}))
  }

  #opened({ definition }: Timer, by: 1 | -1): void {
    this.#open.set(definition.service, this.open(definition.service) + by)
    this.#options.onChange(definition.service)
  }

  #lookLater(): void {
    this.#cancelLook()
    this.#cancelLook = this.#waiting.size === 0 ? nothing : this.#options.clock.after(LOOK, () => this.look())
  }
}

function nothing(): void {}
