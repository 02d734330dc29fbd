/**
 * Hands the due ticks of scope `queue` over to the queue.
 *
 *     arrived --> skipped                                  not the holder of the lease, paused, too late, and the like
 *     arrived --> offered | waiting
 *     waiting --> offered | skipped (superseded ...)       it waits for the answer to an earlier offer of its lane
 *     offered --> handed over                              the queue keeps it
 *             \-> skipped                                  an earlier ticket of the lane has not ended, or there was no answer
 *             \-> next                                     the queue keeps it until the ticket before it has ended
 *     next    --> handed over | skipped (superseded)
 *     late    --> offered, again and again, oldest first   a late tick of `missed: 'once'` or `'all'`
 *
 * 1. A tick that is waiting, offered, next or late is counted as pending, and moves to exactly one place.
 * 2. With overlap `skip` and `wait` at most one offer of a lane is unanswered; with `allow` as many as the concurrency of the lane.
 * 3. A lane has at most one waiting tick. When a second one comes, the older is skipped as `superseded`.
 * 4. A lane has at most one next tick. The next answer of the queue about the lane shows what happened to it: when the answer names the
 *    same `holder`, the later tick has taken its place; otherwise it was handed over.
 * 5. The loss of the lease ends waiting and late ticks, and counts the next tick as handed over. Offers in progress are still answered.
 * 6. After {@link Offering.stop} no tick is offered, and after {@link Offering.giveUp} no tick is pending.
 */
import type { Clock } from '../../kernel/clock.js'
import type { DueTick, TimerIndex } from '../../kernel/due-tick.js'
import type { Events } from '../../kernel/events.js'
import type { TicketEvent, TicketId } from '../../kernel/ticket.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { SkipReason } from '../../kernel/vocabulary.js'
import { announceDecision, announceHandedOver, announceSkipped } from '../announce.js'
import { countTicket } from '../count-ticket.js'
import type { Decision } from '../decide.js'
import type { Lane, PendingTick, Timer } from '../lane.js'
import { ticketOf } from '../ticket-of.js'
import type { OfferAnswer, TicketQueue } from '../ticket-queue.js'
import { triggeredTick } from '../triggered-tick.js'
import { decideDue, decideOffer, goesOnOffering, type OfferFacts } from './decide-offer.js'
import { LaneOffers } from './lane-offers.js'

export interface OfferingOptions extends OfferFacts {
  /** Each timer at its index. */
  readonly timers: readonly Timer[]
  readonly queue: TicketQueue
  /** True: a ticket is not handed out again when the instance that took it dies. */
  readonly atMostOnce: boolean
  readonly clock: Clock
  readonly events: Events
  /** Called with each ticket that the queue has kept. */
  readonly onKept: (timer: Timer, id: TicketId) => void
}

/** The longest time for which one offer is repeated; a start deadline can end it earlier. */
const LONGEST_OFFER: Micros = 60_000_000

export class Offering {
  readonly #options: OfferingOptions
  readonly #lanes = new Map<Lane, LaneOffers>()
  #stopped: (() => void) | undefined

  constructor(options: OfferingOptions) {
    this.#options = options
    for (const { lane } of options.timers) {
      if (lane.definition.scope === 'queue' && !this.#lanes.has(lane)) this.#lanes.set(lane, new LaneOffers(lane))
    }
  }

  /** Offers a tick that is due. */
  arrive(index: TimerIndex, tick: DueTick, now: Micros): void {
    const timer = this.#options.timers[index]!
    timer.ledger.arrive()
    const pending = { timer, tick }
    this.#admit(pending, decideDue(pending, now, this.#options))
  }

  /** Offers a late tick of `missed: 'once'` or `'all'`, as soon as its lane is free on all instances. */
  makeUp(index: TimerIndex, tick: DueTick): void {
    const timer = this.#options.timers[index]!
    timer.ledger.arrive()
    const decision = decideOffer(timer, tick, this.#options)
    if (decision.do === 'skip') this.#skip(timer, tick, decision.reason)
    else {
      const offers = this.#offers(timer)
      timer.ledger.wait()
      announceDecision(timer, tick, 'wait')
      offers.late.add({ timer, tick })
      if (offers.late.all.length === 1) this.#send(offers)
    }
  }

  /** Offers a tick that is triggered by hand: it ignores pause and window, and needs no lease. */
  trigger(timer: Timer): 'offered' | SkipReason {
    const tick = triggeredTick(timer, this.#options.clock)
    timer.ledger.arrive()
    const decision = decideOffer(timer, tick, this.#options)
    this.#admit({ timer, tick }, decision)
    return decision.do === 'skip' ? decision.reason : 'offered'
  }

  /**
   * The due moment of the oldest tick of a timer of which it is still uncertain whether the queue keeps it; undefined when there is no
   * such tick.
   */
  oldestOffer(timer: Timer): Millis | undefined {
    const dueMoments =
      this.#lanes
        .get(timer.lane)
        ?.uncertain(timer)
        .map(({ tick }) => tick.dueWall) ?? []
    return dueMoments.length === 0 ? undefined : Math.min(...dueMoments)
  }

  /** Call it when the lease is lost. Ends the waiting and late ticks of its timers; none is offered until the lease is held again. */
  loseLease(lease: string): void {
    for (const offers of this.#lanes.values()) {
      if (offers.lane.definition.offerLease === lease) this.#clear(offers, 'not_leader')
    }
  }

  /** Offers no more ticks. Resolves when all offers are answered. */
  stop(): Promise<void> {
    for (const offers of this.#lanes.values()) this.#clear(offers, 'stopping')
    if (!this.#isUnanswered) return Promise.resolve()
    return new Promise((resolve) => {
      this.#stopped = resolve
    })
  }

  /** Skips the ticks whose offers have no answer yet. Call it after {@link stop}. */
  giveUp(): void {
    for (const offers of this.#lanes.values()) {
      const { unanswered } = offers
      for (const pending of [...unanswered]) {
        unanswered.delete(pending)
        offers.takeOut(pending)
        countTicket(pending.timer, 'unknown')
        this.#drop(pending, 'claim_unknown')
      }
    }
    this.#tellStopped()
  }

  get #isUnanswered(): boolean {
    return [...this.#lanes.values()].some(({ unanswered }) => unanswered.size > 0)
  }

  #offers({ lane }: Timer): LaneOffers {
    return this.#lanes.get(lane)!
  }

  /** Carries out the decision about a tick that has arrived. */
  #admit(pending: PendingTick, decision: Decision): void {
    const { timer, tick } = pending
    if (decision.do === 'skip') {
      this.#skip(timer, tick, decision.reason)
      return
    }
    const offers = this.#offers(timer)
    const older = offers.waiting
    timer.ledger.wait()
    announceDecision(timer, tick, 'wait')
    offers.waiting = pending
    if (older) this.#drop(older, 'superseded')
    this.#send(offers)
  }

  /** Offers the ticks that a lane may offer now: the waiting tick first, then the oldest late tick. */
  #send(offers: LaneOffers): void {
    const { clock } = this.#options
    let now = clock.now()
    for (let pending = offers.ready(now); pending; pending = offers.ready(now)) {
      const decision = decideDue(pending, now, this.#options)
      const isLate = pending !== offers.waiting
      if (decision.do === 'skip') {
        offers.takeOut(pending)
        this.#drop(pending, decision.reason)
      } else {
        if (!isLate) offers.waiting = undefined
        this.#offer(offers, pending, isLate, now)
      }
      now = clock.now()
    }
  }

  #offer(offers: LaneOffers, pending: PendingTick, isLate: boolean, now: Micros): void {
    const { queue, atMostOnce } = this.#options
    const { timer, tick } = pending
    // A late tick never takes the place of the next tick: it is offered as with overlap skip, so the queue keeps it only in a free lane.
    const overlap = isLate && timer.definition.overlap === 'wait' ? 'skip' : timer.definition.overlap
    const ticket = ticketOf(timer, tick, overlap, atMostOnce)
    offers.unanswered.add(pending)
    queue.offer(ticket, Math.min(tick.startBy, now + LONGEST_OFFER), (answer) => {
      // At a stop the tick was skipped without this answer.
      if (!offers.unanswered.delete(pending)) return
      if (isLate) this.#takeLateAnswer(offers, pending, ticket.id, answer)
      else this.#takeAnswer(offers, pending, ticket.id, answer)
      this.#send(offers)
      this.#tellStopped()
    })
  }

  #takeAnswer(offers: LaneOffers, pending: PendingTick, id: TicketId, answer: OfferAnswer): void {
    const { timer } = pending
    countTicket(timer, COUNTED[answer.kind])
    if (answer.kind === 'unknown') this.#drop(pending, 'claim_unknown')
    else if (answer.kind === 'running') this.#drop(pending, 'running')
    else {
      this.#resolveNext(offers, answer.kind === 'next' ? answer.holder : undefined)
      if (answer.kind === 'kept') this.#options.onKept(timer, id)
      // When this instance will offer no other tick of the lane, no later answer can show what happened to the next tick.
      if (answer.kind === 'kept' || !goesOnOffering(timer, this.#options.coordination)) this.#handOver(pending)
      else offers.next = { pending, holder: answer.holder }
    }
  }

  #takeLateAnswer(offers: LaneOffers, pending: PendingTick, id: TicketId, answer: OfferAnswer): void {
    const { clock, coordination } = this.#options
    if (answer.kind === 'running' && goesOnOffering(pending.timer, coordination)) {
      offers.late.putOff(clock, () => this.#send(offers))
      return
    }
    offers.takeOut(pending)
    this.#takeAnswer(offers, pending, id, answer)
  }

  /**
   * Books the next tick of a lane: it is superseded when `holder`, the ticket of the lane that has not ended, is still the one that it
   * waited for; otherwise it is handed over.
   */
  #resolveNext(offers: LaneOffers, holder: TicketId | undefined): void {
    const next = offers.takeNext()
    if (!next) return
    if (next.holder === holder) this.#drop(next.pending, 'superseded')
    else this.#handOver(next.pending)
  }

  /** Ends all ticks of a lane except those whose offers have no answer yet. */
  #clear(offers: LaneOffers, reason: 'stopping' | 'not_leader'): void {
    const ended = offers.takeOutUnoffered()
    this.#resolveNext(offers, undefined)
    for (const pending of ended) this.#drop(pending, reason)
  }

  #skip(timer: Timer, tick: DueTick, reason: SkipReason): void {
    timer.ledger.skip(reason)
    announceSkipped(this.#options.events, timer, tick, reason)
  }

  #drop({ timer, tick }: PendingTick, reason: SkipReason): void {
    timer.ledger.drop(reason)
    announceSkipped(this.#options.events, timer, tick, reason)
  }

  #handOver({ timer, tick }: PendingTick): void {
    timer.ledger.handOver()
    announceHandedOver(this.#options.events, timer, tick)
  }

  #tellStopped(): void {
    if (!this.#stopped || this.#isUnanswered) return
    this.#stopped()
    this.#stopped = undefined
  }
}

const COUNTED: Readonly<Record<OfferAnswer['kind'], TicketEvent>> = {
  kept: 'kept',
  next: 'kept',
  running: 'busy',
  unknown: 'unknown',
}
