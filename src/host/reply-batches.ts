/**
 * Performs the runs that were handed over together, and sends replies together.
 *
 * The runs of a batch begin one after another, each as soon as the one before has returned or awaits something. The reply to the
 * batch holds the replies of its runs by position: what is ready when all have begun. Every other reply is posted on the link:
 * those that are ready in one turn of the event loop as one message.
 *
 *  1. Each run of a batch is replied to exactly once: in the reply to the batch, or on the link.
 *  2. A reply waits for other runs of its batch at most {@link LONGEST_WAIT} and the run that is on the processor then.
 *
 * The main thread loses no run by replies that wait: how a run ended stands in its record (timer-runner.ts).
 */
import type { RunReply, RunsEndedMessage } from '../kernel/link-protocol.js'
import type { Micros } from '../kernel/time.js'
import { type BatchReply, ON_LINK } from '../pool/protocol.js'
import type { ThreadBlock } from '../pool/thread-block.js'

/** Replies are held back for so long while further runs of their batch begin. */
const LONGEST_WAIT: Micros = 1_000

export interface ReplyBatchesOptions {
  readonly runner: { run(record: number): RunReply | Promise<RunReply> }
  readonly block: Pick<ThreadBlock, 'dueOf'>
  readonly now: () => Micros
  readonly post: (message: RunsEndedMessage) => void
  /** Calls back at the end of this turn of the event loop. */
  readonly atEndOfTurn: (callback: () => void) => void
}

export class ReplyBatches {
  readonly #options: ReplyBatchesOptions
  #records: number[] = []
  #replies: RunReply[] = []

  constructor(options: ReplyBatchesOptions) {
    this.#options = options
  }

  /** Performs the runs in these records, in their order. */
  perform(records: readonly number[]): BatchReply {
    const { runner, block, now } = this.#options
    const replies = new Array<RunReply>(records.length).fill(ON_LINK)
    let firstHeld = 0
    let heldSince = Number.POSITIVE_INFINITY
    let moment = now()
    for (const [place, record] of records.entries()) {
      if (moment - heldSince >= LONGEST_WAIT || (moment >= heldSince && block.dueOf(record) > moment)) {
        this.#postHeld(records, replies, firstHeld, place)
        firstHeld = place
        heldSince = Number.POSITIVE_INFINITY
      }
      const reply = runner.run(record)
      moment = now()
      if (reply instanceof Promise) {
        void reply.then((later) => this.#postSoon(record, later))
      } else {
        replies[place] = reply
        heldSince = Math.min(heldSince, moment)
      }
    }
    return replies
  }

  /** Posts the replies from place `first` on, up to `end`; the reply to their batch then says that they are on the link. */
  #postHeld(records: readonly number[], replies: RunReply[], first: number, end: number): void {
    const held = { records: [] as number[], replies: [] as RunReply[] }
    for (let place = first; place < end; place++) {
      if (replies[place] === ON_LINK) continue
      held.records.push(records[place]!)
      held.replies.push(replies[place]!)
      replies[place] = ON_LINK
    }
    this.#options.post({ kind: 'runs_ended', ...held })
  }

  #postSoon(record: number, reply: RunReply): void {
    if (this.#records.length === 0) this.#options.atEndOfTurn(() => this.#postLater())
    this.#records.push(record)
    this.#replies.push(reply)
  }

  #postLater(): void {
    this.#options.post({ kind: 'runs_ended', records: this.#records, replies: this.#replies })
    this.#records = []
    this.#replies = []
  }
}
