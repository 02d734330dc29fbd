/** Holds the ticks of one lane that have not been handed over yet. It makes no decisions. */
import type { TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { Lane, PendingTick, Timer } from '../lane.js'
import { LateTicks } from './late-ticks.js'

export class LaneOffers {
  readonly lane: Lane
  /** How many offers may be unanswered at a time. */
  readonly most: number
  /** The ticks whose offers have no answer yet. A late tick is also in `late` at that time. */
  readonly unanswered = new Set<PendingTick>()
  readonly late: LateTicks
  /** The tick that is offered when an earlier offer of the lane has been answered. */
  waiting: PendingTick | undefined
  /** The tick that the queue keeps until the ticket `holder` has ended. */
  next: { readonly pending: PendingTick; readonly holder: TicketId } | undefined

  constructor(lane: Lane) {
    const { overlap, concurrency } = lane.definition
    this.lane = lane
    this.late = new LateTicks()
    this.most = overlap === 'allow' ? concurrency : 1
  }

  /** The tick to offer now: the waiting tick, or else the oldest late tick; undefined when no offer may be sent. */
  ready(now: Micros): PendingTick | undefined {
    const pending = this.waiting ?? this.late.ready(now)
    return pending && this.unanswered.size < this.most && !this.unanswered.has(pending) ? pending : undefined
  }

  /** Removes a tick from the waiting and the late ones. */
  takeOut(pending: PendingTick): void {
    if (this.waiting === pending) this.waiting = undefined
    this.late.remove(pending)
  }

  /** Removes and returns the waiting tick and the late ticks, except those whose offers have no answer yet. */
  takeOutUnoffered(): readonly PendingTick[] {
    const late = this.late.all.filter((pending) => !this.unanswered.has(pending))
    const ended = this.waiting ? [this.waiting, ...late] : late
    for (const pending of ended) this.takeOut(pending)
    this.late.cancel()
    return ended
  }

  /** Removes the next tick and returns it. */
  takeNext(): LaneOffers['next'] {
    const { next } = this
    this.next = undefined
    return next
  }

  /** The ticks of a timer of which it is still uncertain whether the queue keeps them. */
  uncertain(timer: Timer): readonly PendingTick[] {
    const { waiting, next, unanswered, late } = this
    const all = [...unanswered, ...late.all, ...(waiting ? [waiting] : []), ...(next ? [next.pending] : [])]
    return all.filter((pending) => pending.timer === timer)
  }
}
