/**
 * Passes on the messages of several senders in the order in which they were sent.
 *
 * Each sender has a port of its own, and the event loop reads the ports in any order. A message is numbered and then sent; all senders
 * count together. So a number that is skipped belongs to a message that waits in another port, or that is about to be sent. Then
 * every port is read, up to the *cut*: the number of the last message that was numbered when the reading began.
 *
 * 1. A message that was in its port before another one was numbered is passed on before that one, whichever threads sent them. So a
 *    line stands before all lines that it has caused. (What two threads send at the same time may come in either order.)
 * 2. The messages of one sender keep their order.
 * 3. A message is passed on in the turn of the event loop in which it was read, or in the next one. A number that never comes, because
 *    its thread was ended or the admin thread was replaced, holds up nothing.
 * 4. While a number is missing, each message makes every port be read. A number that does not come is missing for {@link FORGET_AFTER}.
 *    As long after the start the numbers from before the start count as missing.
 */
import { type Micros, microsFromSeconds } from '../../kernel/time.js'

export interface Placed {
  /** Its number, an Int32 that wraps around. */
  readonly place: number
}

export interface SendOrderOptions<Message extends Placed> {
  /** The last number that was given. */
  readonly lastPlace: () => number
  readonly senders: Iterable<{
    /** Reads the next message without waiting; undefined when there is none. */
    read(): Message | undefined
  }>
  readonly pass: (message: Message) => void
  /** Calls back in the next turn of the event loop. */
  readonly nextTurn: (callback: () => void) => void
  /** The monotonic clock. */
  readonly now: () => Micros
}

const FORGET_AFTER: Micros = microsFromSeconds(1)

/** Positive when `a` was numbered after `b`. */
const distance = (a: number, b: number) => (a - b) | 0

export class SendOrder<Message extends Placed> {
  readonly #options: SendOrderOptions<Message>
  /** Were read, and are not due: they were numbered after the last cut. */
  #held: Message[] = []
  /** What was numbered up to here was passed on, or is missing. */
  #last: number
  /** When each missing number was missed, the oldest first. */
  readonly #missing = new Map<number, Micros>()
  /** Until then numbers from before the start may be missing; undefined when that is over. */
  #startsUntil: Micros | undefined
  #isTurnAwaited = false

  constructor(options: SendOrderOptions<Message>) {
    this.#options = options
    this.#last = options.lastPlace()
    this.#startsUntil = options.now() + FORGET_AFTER
  }

  /** The event loop has read this message. */
  take(message: Message): void {
    const isNext = distance(message.place, this.#last) === 1 && this.#held.length === 0
    if (isNext && this.#missing.size === 0 && this.#startsUntil === undefined) {
      this.#last = message.place
      this.#options.pass(message)
    } else {
      this.#held.push(message)
      this.settle()
    }
  }

  /** Reads every port, and passes on what is due. */
  settle(): void {
    const { lastPlace, pass } = this.#options
    const cut = lastPlace()
    this.#readUpTo(cut)
    const isDue = ({ place }: Message) => distance(place, cut) <= 0
    const due = this.#held.filter(isDue).sort((one, other) => distance(one.place, other.place))
    this.#held = this.#held.filter((message) => !isDue(message))
    this.#noteMissing(cut, due)
    this.#last = cut
    for (const message of due) pass(message)
    if (this.#held.length > 0) this.#awaitTurn()
  }

  /** Passes on everything that has been numbered so far: nothing that is sent later has to be read. */
  end(): void {
    this.settle()
    for (const message of this.#held.splice(0)) this.#options.pass(message)
  }

  #readUpTo(cut: number): void {
    for (const sender of this.#options.senders) {
      let message = sender.read()
      while (message) {
        this.#held.push(message)
        // The rest waits for the next turn: a sender that never pauses does not hold up the others.
        message = distance(message.place, cut) > 0 ? undefined : sender.read()
      }
    }
  }

  #noteMissing(cut: number, due: readonly Message[]): void {
    const now = this.#options.now()
    if (this.#startsUntil !== undefined && now >= this.#startsUntil) this.#startsUntil = undefined
    for (const [place, since] of this.#missing) {
      if (now < since + FORGET_AFTER) break
      this.#missing.delete(place)
    }
    for (let place = (this.#last + 1) | 0; distance(place, cut) <= 0; place = (place + 1) | 0) {
      this.#missing.set(place, now)
    }
    for (const { place } of due) this.#missing.delete(place)
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return
    this.#isTurnAwaited = true
    this.#options.nextTurn(() => {
      this.#isTurnAwaited = false
      this.settle()
    })
  }
}
