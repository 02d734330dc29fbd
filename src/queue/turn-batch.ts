/**
 * Collects the messages of one turn of a thread and sends them together: to wake the other thread costs more than what it is told.
 *
 *   1. Each message is sent once, in the order in which they were added.
 *   2. No message waits longer than the turn in which it was added, with all its microtasks.
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
    // Ticks that are added by microtasks run after all microtasks.
    if (this.#waiting.length === 1) process.nextTick(this.#endTurn)
  }
}
