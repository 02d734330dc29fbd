/** The invariants that src/host/reply-batches.ts lists, by their numbers. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplyBatches } from '../../src/host/reply-batches.js'
import type { RunReply, RunsEndedMessage } from '../../src/kernel/link-protocol.js'
import { ON_LINK } from '../../src/pool/protocol.js'

class Thread {
  readonly posted: RunsEndedMessage[] = []
  now = 0
  /** Due moments of records; 0 for others. */
  readonly due = new Map<number, number>()
  readonly batches: ReplyBatches
  readonly #turnEnds: (() => void)[] = []

  constructor(run: (record: number, thread: Thread) => RunReply | Promise<RunReply>) {
    this.batches = new ReplyBatches({
      runner: { run: (record) => run(record, this) },
      block: { dueOf: (record) => this.due.get(record) ?? 0 },
      now: () => this.now,
      post: (message) => this.posted.push(message),
      atEndOfTurn: (callback) => this.#turnEnds.push(callback),
    })
  }

  endTurn(): void {
    for (const callback of this.#turnEnds.splice(0)) callback()
  }
}

describe('runs that were handed over together', () => {
  it('runs that were handed over together are replied to together, by their places, when none of them awaits anything', () => {
    const error = { name: 'Error', message: 'no' }
    const thread = new Thread((record) => (record === 8 ? { result: 1, error } : 0))
    expect(thread.batches.perform([7, 8, 9])).toEqual([0, { result: 1, error }, 0])
    expect(thread.posted).toEqual([])
  })

  it('runs that were handed over together are replied to in one message at the end of the turn in which they ended, when they await something', async () => {
    const thread = new Thread(async (record) => record)
    expect(thread.batches.perform([1, 2, 3])).toEqual([ON_LINK, ON_LINK, ON_LINK])
    await Promise.resolve()
    expect(thread.posted).toEqual([])
    thread.endTurn()
    expect(thread.posted).toEqual([{ kind: 'runs_ended', records: [1, 2, 3], replies: [1, 2, 3] }])
  })

  it('runs that were handed over together, of which one computes for long do not hold back the replies of those before it for longer (invariant 2)', () => {
    const thread: Thread = new Thread((record) => {
      thread.now += record === 3 ? 5_000 : 100
      return record
    })
    expect(thread.batches.perform([1, 2, 3, 4, 5])).toEqual([ON_LINK, ON_LINK, ON_LINK, 4, 5])
    expect(thread.posted).toEqual([{ kind: 'runs_ended', records: [1, 2, 3], replies: [1, 2, 3] }])
  })

  it('runs that were handed over together, of which the gate will hold one do not hold back the replies of those before it (invariant 2)', () => {
    const thread: Thread = new Thread((record) => {
      thread.now = Math.max(thread.now, thread.due.get(record) ?? 0)
      return record
    })
    thread.due.set(2, 300)
    expect(thread.batches.perform([0, 1, 2, 3])).toEqual([ON_LINK, ON_LINK, 2, 3])
    expect(thread.posted).toEqual([{ kind: 'runs_ended', records: [0, 1], replies: [0, 1] }])
  })

  it('runs that were handed over together are each replied to once, whatever they take and whichever await something (invariant 1)', async () => {
    const runs = fc.array(fc.record({ takes: fc.integer({ min: 0, max: 1_500 }), awaits: fc.boolean() }), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(runs, async (plan) => {
        const thread: Thread = new Thread((record) => {
          thread.now += plan[record]!.takes
          return plan[record]!.awaits ? Promise.resolve(record) : record
        })
        const records = plan.map((_, record) => record)
        const replies = thread.batches.perform(records)
        await Promise.resolve()
        thread.endTurn()
        const inReply = records.filter((record) => replies[record] !== ON_LINK)
        const onLink = thread.posted.flatMap((message) => message.records)
        expect([...inReply, ...onLink].toSorted((a, b) => a - b)).toEqual(records)
      }),
    )
  })
})
