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
 * 4. While a number is missing, and at first, each message makes every port be read. Missing numbers are forgotten after
 *    {@link FORGET_AFTER}.
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
  /** At first nobody knows how many of the earlier messages are still to come. */
  #missing = Number.POSITIVE_INFINITY
  #forgetAt: Micros
  #isTurnAwaited = false

  constructor(options: SendOrderOptions<Message>) {
    this.#options = options
    this.#last = options.lastPlace()
    this.#forgetAt = options.now() + FORGET_AFTER
  }

  /** The event loop has read this message. */
  take(message: Message): void {
    const isNext = distance(message.place, this.#last) === 1 && this.#missing === 0 && this.#held.length === 0
    if (isNext) {
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
    this.#countMissing(distance(cut, this.#last), due)
    this.#last = cut
    for (const message of due) pass(message)
    if (this.#held.length > 0) this.#awaitTurn()
  }

  /** Nothing more will be sent: passes on everything. */
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

  /** @param numbered how many numbers were given since the last cut. */
  #countMissing(numbered: number, due: readonly Message[]): void {
    const now = this.#options.now()
    const isForgotten = this.#missing > 0 && now >= this.#forgetAt
    const before = due.filter(({ place }) => distance(place, this.#last) <= 0).length
    const newlyMissing = numbered - (due.length - before)
    if (newlyMissing > 0) this.#forgetAt = now + FORGET_AFTER
    this.#missing = (isForgotten ? 0 : Math.max(this.#missing - before, 0)) + newlyMissing
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
