/**
 * Performs the tickets of a thread one after another, in the order in which they were handed over: a thread runs one ticket at a time,
 * also when the method of a ticket awaits something and the next ticket is here already.
 *
 * The reply to a ticket that has awaited something is posted at the end of the turn in which it is ready. The next ticket begins after that:
 * it may compute for long, or end the thread.
 */
import { realImmediate } from '../kernel/clock.js'
import type { RunReply } from '../kernel/link-protocol.js'

type Reply = RunReply | Promise<RunReply>

export class TicketTurns {
  /** The turn of the last ticket that awaits something, or waits for its turn. It ends when its reply has been posted. */
  #last: Promise<void> | undefined

  /** @param begin performs the run; it never throws, and its promise never rejects. */
  perform(begin: () => Reply): Reply {
    const reply = this.#last ? this.#last.then(begin) : begin()
    if (!(reply instanceof Promise)) return reply
    const turn = reply.then(afterReply)
    this.#last = turn
    void turn.then(() => {
      if (this.#last === turn) this.#last = undefined
    })
    return reply
  }
}

/** The first callback may run before the one that posts the reply, the second one cannot. */
function afterReply(): Promise<void> {
  return new Promise((resolve) => realImmediate(() => realImmediate(resolve)))
}
