/**
 * Runs the tickets that this instance takes from the queue, and settles each.
 *
 *     taken   --> waiting | running | expired | returned
 *     waiting --> running                     its lane has room, and a thread is idle or has only a few short runs
 *             \-> expired                     its start deadline has passed
 *             \-> returned                    no room in time, quarantine, stop, or the lock is nearly over
 *     running --> settled                     completed, or failed for good
 *             \-> expired                     its start deadline passed before its method was called
 *             \-> returned                    the attempt failed and another follows, a stop or the lock cut it off, its method was not
 *                                             called in time, or its thread ended before that
 *
 * 1. Each ticket is settled exactly once, in the turn in which its place in the ledger is booked.
 * 2. A ticket that waits is counted as pending, one that runs as active.
 * 3. A run in progress is aborted so early that its grace, and a second for the kill, end before its lock does. Later than that, no run
 *    begins, also none that has been handed to its thread: the thread is told the moment, and looks at it before it calls the method.
 * 4. A run needs no lease: the loss of the lease under which ticks are offered does not end it.
 * 5. After {@link Taking.stop} no run begins.
 * 6. A ticket that was taken ahead waits for {@link PATIENCE_AHEAD} at most, and for as long again on a thread that has other runs. When one is
 *    returned after that, runs take longer than they did, and none is taken ahead until further runs have been short.
 * 7. Only while tickets are taken ahead is a ticket handed to a thread that is not idle, and none that is to run at most once.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Events } from '../../kernel/events.js'
import { SmallSet } from '../../kernel/small-set.js'
import type { HeldTicket, Settlement } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { ReturnReason } from '../../kernel/vocabulary.js'
import { announceReturned, announceSkipped } from '../announce.js'
import { countTicket } from '../count-ticket.js'
import type { Executor, Placement, RunReport } from '../executor.js'
import type { HeldTick, Run, Timer } from '../lane.js'
import type { RunLifecycle } from '../run-lifecycle.js'
import { tickOf } from '../ticket-of.js'
import type { TicketQueue } from '../ticket-queue.js'
import { aheadOf, mostOnThread, RecentRuns } from './ahead.js'
import { HandedBehind } from './handed-behind.js'
import { LockWatch } from './lock-watch.js'

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
  /** Called when a ticket is returned for which no thread of the service became free, although it was not taken ahead. */
  readonly onSaturated: (service: string) => void
  /** Returns how many threads of a service are up. */
  readonly threadsUp: (service: string) => number
}

/** How long a ticket waits for its lane and for an idle thread; then it is returned, and another instance may take it. */
const PATIENCE: Micros = 2_000_000

/** The same for a ticket that was taken ahead, and for one on a thread that has other runs. */
const PATIENCE_AHEAD: Micros = 200_000

/** How often waiting tickets are looked at, even when no run has ended. */
const LOOK: Micros = 50_000

type Verdict =
  | { readonly do: 'run'; readonly placement: Placement }
  | { readonly do: 'wait'; readonly for: 'lane' | 'thread' }
  | { readonly do: 'expire' }
  | { readonly do: 'return'; readonly reason: ReturnReason }

interface WaitingTick extends HeldTick {
  /** When it goes back to the queue, unless it has begun to run. */
  readonly until: Micros
  readonly isAhead: boolean
}

export class Taking {
  readonly #options: TakingOptions
  readonly #byId: ReadonlyMap<string, Timer>
  /** The waiting tickets in the order in which they were taken. */
  readonly #waiting = new SmallSet<WaitingTick>()
  readonly #locks: LockWatch
  readonly #behind: HandedBehind
  readonly #open = new Map<string, number>()
  /** By service. */
  readonly #recent = new Map<string, RecentRuns>()
  #cancelLook: (() => void) | undefined
  #isStopped = false

  constructor(options: TakingOptions) {
    this.#options = options
    this.#locks = new LockWatch(options)
    this.#behind = new HandedBehind({
      clock: options.clock,
      patience: PATIENCE_AHEAD,
      onLate: (run) => this.#takeBack(run),
    })
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
    const now = clock.now()
    const taken = { timer, tick: tickOf(held, clock), held, ...this.#waitOf(timer.definition.service, now) }
    const verdict = this.#judge(taken, now)
    if (verdict.do === 'run') {
      timer.ledger.dispatch()
      this.#run(taken, verdict.placement)
    } else if (verdict.do === 'wait') {
      timer.ledger.wait()
      this.#waiting.add(taken)
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
  startWaiting(): void {
    this.#look(true)
  }

  /** @param onlyStarts whether the tickets of a service are passed over for which no thread is idle. */
  #look(onlyStarts: boolean): void {
    if (this.#waiting.size === 0) return
    const now = this.#options.clock.now()
    const full = new Set<string>()
    for (const taken of [...this.#waiting]) {
      const { ledger, definition } = taken.timer
      if (onlyStarts && full.has(definition.service)) continue
      const verdict = this.#judge(taken, now)
      if (verdict.do === 'wait') {
        if (verdict.for === 'thread') full.add(definition.service)
        continue
      }
      if (!this.#waiting.delete(taken)) continue
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
    this.#look(false)
  }

  /** Number of tickets of a service that wait or run on this instance. */
  open(service: string): number {
    return this.#open.get(service) ?? 0
  }

  /** How many more tickets of a service than it has threads this instance may hold now. */
  ahead(service: string): number {
    return aheadOf(this.#options.threadsUp(service), this.#recent.get(service)?.mean)
  }

  /**
   * Settles a ticket. Call it when the run of the ticket has ended and its place in the ledger is booked. `report`: of the run, when its
   * method was called.
   */
  ended(run: Run, held: HeldTicket, settlement: Settlement, report?: RunReport): void {
    this.#locks.delete(run)
    this.#behind.delete(run)
    if (report?.startedAt !== undefined) this.#noteDuration(held, report.startedAt, report.endedAt)
    this.#settle(run.timer, held, settlement)
  }

  /** Tickets that are to run at most once are not taken ahead: when this instance dies, they are lost although they had not begun. */
  #noteDuration({ ticket }: HeldTicket, startedAt: Micros, endedAt = this.#options.clock.now()): void {
    const recent = this.#recent.get(ticket.service) ?? new RecentRuns()
    this.#recent.set(ticket.service, recent)
    if (ticket.atMostOnce) recent.forget()
    else recent.add(endedAt - startedAt)
  }

  #waitOf(service: string, now: Micros): Pick<WaitingTick, 'until' | 'isAhead'> {
    const isAhead = this.open(service) > this.#options.threadsUp(service) && this.ahead(service) > 0
    return { until: now + (isAhead ? PATIENCE_AHEAD : PATIENCE), isAhead }
  }

  #judge({ timer, tick, held, until }: WaitingTick, now: Micros): Verdict {
    const { executor } = this.#options
    const { lane } = timer
    if (this.#isStopped || lane.isStopping) return { do: 'return', reason: 'stopping' }
    if (now > tick.startBy) return { do: 'expire' }
    if (now >= this.#locks.endsAt(lane, held)) return { do: 'return', reason: 'lock_lost' }
    if (lane.circuit.blocks(now) !== undefined) return { do: 'return', reason: 'quarantined' }
    const hasRoom = lane.runs.size < lane.definition.concurrency
    if (hasRoom) {
      const placement = executor.place(timer.index, now)
      if (placement && placement.load < this.#mostOnThread(held)) return { do: 'run', placement }
    }
    if (now >= until) return { do: 'return', reason: 'saturated' }
    return { do: 'wait', for: hasRoom ? 'thread' : 'lane' }
  }

  #mostOnThread({ ticket }: HeldTicket): number {
    return ticket.atMostOnce ? 1 : mostOnThread(this.#recent.get(ticket.service)?.mean)
  }

  #run({ timer, tick, held }: HeldTick, placement: Placement): void {
    const callBefore = this.#locks.endsAt(timer.lane, held)
    const isBehind = placement.load > 0
    const run = this.#options.lifecycle.start(timer, tick, placement, false, { held, callBefore })
    this.#locks.add(run, callBefore)
    if (isBehind) this.#behind.add(run)
  }

  /** Returns the ticket of a run that its thread does not begin. */
  #takeBack(run: Run): void {
    // First: when it is back, a waiting ticket could be handed to the same thread.
    this.#recent.get(run.timer.definition.service)?.forget()
    this.#options.lifecycle.takeBack(run, 'saturated')
  }

  #expire({ timer, tick, held }: HeldTick): void {
    announceSkipped(this.#options.events, timer, tick, 'missed')
    this.#settle(timer, held, { kind: 'expired' })
  }

  #return({ timer, tick, held, isAhead }: WaitingTick, reason: ReturnReason): void {
    const { service } = timer.definition
    if (reason === 'saturated' && isAhead) this.#recent.get(service)?.forget()
    if (reason === 'saturated' && !isAhead) this.#options.onSaturated(service)
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
    if (this.#waiting.size === 0) {
      this.#cancelLook?.()
      this.#cancelLook = undefined
      return
    }
    this.#cancelLook ??= this.#options.clock.after(LOOK, () => {
      this.#cancelLook = undefined
      this.#look(false)
    })
  }
}
