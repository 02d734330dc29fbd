/**
 * Collects the messages of one turn of the event loop and sends them together: most of the cost of a message is to wake the other thread.
 *
 *   1. Each message is sent once, and the messages are sent in the order in which they were added.
 *   2. A message is sent no later than the end of the turn in which it was added, the microtasks of the turn included.
 */
export class TurnBatch<Message> {
  readonly #send: (messages: readonly Message[]) => void
  #waiting: Message[] = []
  readonly #endTurn = () => {
    const messages = this.#waiting
    this.#waiting = []
    this.#send(messages)
  }

  constructor(send: (messages: readonly Message[]) => void) {
    this.#send = send
  }

  add(message: Message): void {
    this.#waiting.push(message)
    // A callback of process.nextTick that is added during microtasks runs after all of them.
    if (this.#waiting.length === 1) process.nextTick(this.#endTurn)
  }
}
