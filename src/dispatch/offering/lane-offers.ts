/** The ticks of one lane that have not been handed over yet. It makes no decisions. */
import type { TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import type { Lane, PendingTick, Timer } from '../lane.js'
import { LateTicks } from './late-ticks.js'

export class LaneOffers {
  readonly lane: Lane
  /** Number of offers that may be unanswered at a time. */
  readonly most: number
  /** Offered, and not answered yet. A late tick stays in `late` meanwhile. */
  readonly unanswered = new Set<PendingTick>()
  readonly late: LateTicks
  waiting: PendingTick | undefined
  next: { readonly pending: PendingTick; readonly holder: TicketId } | undefined

  constructor(lane: Lane) {
    const { overlap, concurrency } = lane.definition
    this.lane = lane
    this.late = new LateTicks()
    this.most = overlap === 'allow' ? concurrency : 1
  }

  /** The tick to offer now: the waiting one, else the oldest late one. */
  ready(now: Micros): PendingTick | undefined {
    const pending = this.waiting ?? this.late.ready(now)
    return pending && this.unanswered.size < this.most && !this.unanswered.has(pending) ? pending : undefined
  }

  /** The tick is not waiting any more, nor late. */
  takeOut(pending: PendingTick): void {
    if (this.waiting === pending) this.waiting = undefined
    this.late.remove(pending)
  }

  /** Takes out the waiting tick, and the late ones that are not offered at this moment. */
  takeOutUnoffered(): readonly PendingTick[] {
    const late = this.late.all.filter((pending) => !this.unanswered.has(pending))
    const ended = this.waiting ? [this.waiting, ...late] : late
    for (const pending of ended) this.takeOut(pending)
    this.late.cancel()
    return ended
  }

  /** Moves the tick that is next out, and returns it. */
  takeNext(): LaneOffers['next'] {
    const { next } = this
    this.next = undefined
    return next
  }

  /** The ticks of a timer whose hand-over is not certain yet. */
  uncertain(timer: Timer): readonly PendingTick[] {
    const { waiting, next, unanswered, late } = this
    const all = [...unanswered, ...late.all, ...(waiting ? [waiting] : []), ...(next ? [next.pending] : [])]
    return all.filter((pending) => pending.timer === timer)
  }
}
