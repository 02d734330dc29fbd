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
 * 2. With overlap `skip` and `wait` a lane has one offer that has not been answered; with `allow` as many as its concurrency.
 * 3. A lane has at most one waiting tick; the older one is skipped as `superseded`.
 * 4. A lane has at most one next tick. The next answer of the queue says what became of it: the same holder means that the
 *    later tick has taken its place.
 * 5. The loss of the lease ends waiting and late ticks; offers in progress get their answers.
 * 6. After {@link Offering.stop} nothing is offered, and after {@link Offering.giveUp} nothing is pending.
 */
import type { Clock } from '../kernel/clock.js'
import type { Window } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { TicketEvent, TicketId } from '../kernel/ticket.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { SkipReason } from '../kernel/vocabulary.js'
import { announceDecision, announceHandedOver, announceSkipped } from './announce.js'
import { countTicket } from './count-ticket.js'
import { type Decision, decide, MISSED } from './decide.js'
import type { Coordination } from './executor.js'
import type { Lane, PendingTick, Timer } from './lane.js'
import { ticketOf } from './ticket-of.js'
import type { OfferAnswer, TicketQueue } from './ticket-queue.js'
import { triggeredTick } from './triggered-tick.js'

export interface OfferingOptions {
  /** Each timer at its index. */
  readonly timers: readonly Timer[]
  readonly queue: TicketQueue
  /** Whether a ticket whose taker dies is not handed out again. */
  readonly atMostOnce: boolean
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  readonly isInside: (window: Window, dueWall: Millis) => boolean
  /** Called with each ticket that the queue has kept. */
  readonly onKept: (timer: Timer, id: TicketId) => void
}

/** A late tick is offered again after this long while an earlier ticket of its lane has not ended. */
const LATE_AGAIN: Micros = 500_000

/** How long the offer of a tick without a start deadline is tried. */
const LONGEST_OFFER: Micros = 60_000_000

/** The offers of one lane. */
interface LaneOffers {
  readonly lane: Lane
  readonly most: number
  /** Offered, and not answered yet. A late tick stays in `late` meanwhile. */
  readonly unanswered: Set<PendingTick>
  waiting: PendingTick | undefined
  next: { readonly pending: PendingTick; readonly holder: TicketId } | undefined
  readonly late: PendingTick[]
  /** The oldest late tick is not offered before this moment. */
  lateAgainAt: Micros
  cancelLate: () => void
}

export class Offering {
  readonly #options: OfferingOptions
  readonly #lanes = new Map<Lane, LaneOffers>()
  #stopped: (() => void) | undefined

  constructor(options: OfferingOptions) {
    this.#options = options
    for (const { lane } of options.timers) {
      const { scope, overlap, concurrency } = lane.definition
      if (scope !== 'queue') continue
      const most = overlap === 'allow' ? concurrency : 1
      const offers = { lane, most, unanswered: new Set<PendingTick>(), waiting: undefined, next: undefined }
      this.#lanes.set(lane, { ...offers, late: [], lateAgainAt: 0, cancelLate: nothing })
    }
  }

  /** Offers a tick that is due. */
  arrive(index: TimerIndex, tick: DueTick, now: Micros): void {
    const timer = this.#options.timers[index]!
    timer.ledger.arrive()
    this.#admit({ timer, tick }, now > tick.startBy ? MISSED : this.#decide(timer, tick))
  }

  /** Offers a late tick of `missed: 'once'` or `'all'`, as soon as its lane is free on all instances. */
  makeUp(index: TimerIndex, tick: DueTick): void {
    const timer = this.#options.timers[index]!
    timer.ledger.arrive()
    const decision = this.#decide(timer, tick)
    if (decision.do === 'skip') this.#skip(timer, tick, decision.reason)
    else {
      const offers = this.#offers(timer)
      timer.ledger.wait()
      announceDecision(timer, tick, 'wait')
      offers.late.push({ timer, tick })
      if (offers.late.length === 1) this.#send(offers)
    }
  }

  /** Offers a tick by hand. It ignores pause and window, and needs no lease. */
  trigger(timer: Timer): 'offered' | SkipReason {
    const tick = triggeredTick(timer, this.#options.clock)
    timer.ledger.arrive()
    const decision = this.#decide(timer, tick)
    this.#admit({ timer, tick }, decision)
    return decision.do === 'skip' ? decision.reason : 'offered'
  }

  /** Due moment of the oldest tick of a timer whose hand-over is not certain yet; undefined when there is none. */
  oldestOffer(timer: Timer): Millis | undefined {
    const offers = this.#lanes.get(timer.lane)
    if (!offers) return undefined
    const { waiting, next, unanswered, late } = offers
    const open = [...unanswered, ...late, ...(waiting ? [waiting] : []), ...(next ? [next.pending] : [])]
    const dueMoments = open.filter((pending) => pending.timer === timer).map(({ tick }) => tick.dueWall)
    return dueMoments.length === 0 ? undefined : Math.min(...dueMoments)
  }

  /** The lease is being lost: no tick of its timers is offered until it is held again. */
  loseLease(lease: string): void {
    for (const offers of this.#lanes.values()) {
      if (offers.lane.definition.offerLease === lease) this.#clear(offers, 'not_leader')
    }
  }

  /** Offers nothing more. Resolves when no offer is unanswered. */
  stop(): Promise<void> {
    for (const offers of this.#lanes.values()) this.#clear(offers, 'stopping')
    if (!this.#isUnanswered) return Promise.resolve()
    return new Promise((resolve) => {
      this.#stopped = resolve
    })
  }

  /** Waits for no answer any more. Call it after {@link stop}. */
  giveUp(): void {
    for (const offers of this.#lanes.values()) {
      const { unanswered } = offers
      for (const pending of [...unanswered]) {
        unanswered.delete(pending)
        takeOut(offers, pending)
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

  #decide(timer: Timer, { sequence, dueWall }: DueTick): Decision {
    const { definition, lane } = timer
    const { window, offerLease } = definition
    const isByHand = sequence < 0
    return decide({
      stopping: lane.isStopping,
      paused: timer.isPaused && !isByHand,
      inWindow: isByHand || window === undefined || this.#options.isInside(window, dueWall),
      holdsLease: isByHand || offerLease === undefined || this.#options.coordination.holds(offerLease),
      // The rest concerns the runs: the queue and the takers decide about them.
      blockedBy: undefined,
      overlap: definition.overlap,
      concurrency: 1,
      active: 0,
      claiming: 0,
      started: 0,
      returned: 0,
      hasThread: true,
    })
  }

  /** Moves an arrived tick on. */
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

  /** Offers what a lane may offer now: the waiting tick first, then the oldest late one. */
  #send(offers: LaneOffers): void {
    const { clock } = this.#options
    while (offers.unanswered.size < offers.most) {
      const now = clock.now()
      const pending = offers.waiting ?? (now >= offers.lateAgainAt ? offers.late[0] : undefined)
      if (!pending || offers.unanswered.has(pending)) return
      const decision = now > pending.tick.startBy ? MISSED : this.#decide(pending.timer, pending.tick)
      const isLate = pending !== offers.waiting
      if (decision.do === 'skip') {
        takeOut(offers, pending)
        this.#drop(pending, decision.reason)
        continue
      }
      if (!isLate) offers.waiting = undefined
      this.#offer(offers, pending, isLate, now)
    }
  }

  #offer(offers: LaneOffers, pending: PendingTick, isLate: boolean, now: Micros): void {
    const { queue, atMostOnce } = this.#options
    const { timer, tick } = pending
    // A late tick never takes the place of the next one: the queue keeps it only when the lane is free.
    const overlap = isLate && timer.definition.overlap === 'wait' ? 'skip' : timer.definition.overlap
    const ticket = ticketOf(timer, tick, overlap, atMostOnce)
    offers.unanswered.add(pending)
    queue.offer(ticket, Math.min(tick.startBy, now + LONGEST_OFFER), (answer) => {
      // It was given up at a stop.
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
      // Nobody would ask what became of it.
      if (answer.kind === 'kept' || !this.#goesOnOffering(timer)) this.#handOver(pending)
      else offers.next = { pending, holder: answer.holder }
    }
  }

  #takeLateAnswer(offers: LaneOffers, pending: PendingTick, id: TicketId, answer: OfferAnswer): void {
    const { clock } = this.#options
    if (answer.kind === 'running' && this.#goesOnOffering(pending.timer)) {
      offers.lateAgainAt = clock.now() + LATE_AGAIN
      offers.cancelLate()
      offers.cancelLate = clock.after(LATE_AGAIN, () => this.#send(offers))
      return
    }
    takeOut(offers, pending)
    this.#takeAnswer(offers, pending, id, answer)
  }

  #goesOnOffering({ lane }: Timer): boolean {
    const { offerLease } = lane.definition
    return !lane.isStopping && (offerLease === undefined || this.#options.coordination.holds(offerLease))
  }

  /** The queue has told which ticket of the lane has not ended: what became of the tick that was next? */
  #resolveNext(offers: LaneOffers, holder: TicketId | undefined): void {
    const { next } = offers
    offers.next = undefined
    if (!next) return
    if (next.holder === holder) this.#drop(next.pending, 'superseded')
    else this.#handOver(next.pending)
  }

  /** Ends everything of a lane but the offers that have not been answered. */
  #clear(offers: LaneOffers, reason: 'stopping' | 'not_leader'): void {
    const { waiting, late, unanswered } = offers
    const ended = [...(waiting ? [waiting] : []), ...late.filter((pending) => !unanswered.has(pending))]
    for (const pending of ended) takeOut(offers, pending)
    offers.cancelLate()
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

function nothing(): void {}

function takeOut(offers: LaneOffers, pending: PendingTick): void {
  if (offers.waiting === pending) offers.waiting = undefined
  const at = offers.late.indexOf(pending)
  if (at >= 0) offers.late.splice(at, 1)
}
