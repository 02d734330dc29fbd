/** The runs on one thread; the numbers are those of the invariants in src/pool/run-table.ts. */
import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../src/dispatch/executor.js'
import type { RunReply } from '../../src/kernel/link-protocol.js'
import { type BatchReply, ON_LINK, RUN_ENDINGS, type RunRequest } from '../../src/pool/protocol.js'
import { RunTable } from '../../src/pool/run-table.js'
import { ThreadBlock } from '../../src/pool/thread-block.js'
import type { ThreadExit } from '../../src/pool/worker-thread.js'

const CRASH: ThreadExit = { reason: 'error', exitCode: 1, threadId: 7, error: { name: 'Oops', message: 'uncaught' } }
const KILLED: ThreadExit = { reason: 'killed', exitCode: 1, threadId: 7 }
/** When runs are handed over. */
const NOW = 40
const COMPLETED = RUN_ENDINGS.indexOf('completed')

function tableOf(records: number) {
  const block = ThreadBlock.withRecords(records)
  const sent: { readonly request: RunRequest; readonly reply: (reply: RunReply | BatchReply) => void }[] = []
  const aborted: number[] = []
  const kills: string[] = []
  const margins: number[] = []
  const table = new RunTable({
    block,
    records,
    threadId: 7,
    clock: { now: () => NOW },
    send: (request) => new Promise((resolve) => sent.push({ request, reply: resolve })),
    sendAbort: (record) => aborted.push(record),
    kill: () => kills.push('kill'),
    onGated: (margin) => margins.push(margin),
  })
  const handOver = ({ timer = 0, dueMono = 0, early = false } = {}) => {
    const reports: RunReport[] = []
    const tick = { sequence: 1, dueMono, dueWall: 0, startBy: Number.POSITIVE_INFINITY }
    const run = table.handOver(timer, { tick, attempt: 1, early }, (report) => reports.push(report))
    return { run, reports }
  }
  const reply = async (record: number, answer: RunReply = COMPLETED) => {
    sent.findLast(({ request }) => request === record)!.reply(answer)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { table, block, sent, aborted, kills, margins, handOver, reply }
}

describe('a run that was handed over', () => {
  it('a run that was handed over is reported when the thread replies, and its record is free for the next run (invariants 1 and 2)', async () => {
    const { table, block, handOver, reply } = tableOf(1)
    const { run, reports } = handOver()
    block.begin(run.record)
    block.writeStart(run.record, 5)
    block.writeEnd(run.record, 9, undefined)
    expect([run.hasStarted, run.hasReturned, run.startedAt, reports]).toEqual([true, true, 5, []])
    await reply(run.record)
    expect(reports).toMatchObject([{ result: 'completed', startedAt: 5, endedAt: 9, isBlamed: false, threadId: 7 }])
    expect([table.size, table.replies]).toEqual([0, 1])
    const next = handOver()
    expect(next.run.record).toBe(run.record)
    expect(next.run.hasStarted).toBe(false)
  })

  it('the table is quiet when all its runs were cancelled before they began, and keeps their records until the thread confirms it (invariant 2)', () => {
    const { table, block, handOver } = tableOf(2)
    const [one, other] = [handOver().run, handOver().run]
    expect([one.cancel(), table.isQuiet]).toEqual([true, false])
    block.begin(other.record)
    expect([other.cancel(), table.isQuiet]).toEqual([false, false])
    table.settle([other.record], [COMPLETED])
    expect([table.isQuiet, table.size]).toEqual([true, 1])
    table.settle([one.record], [RUN_ENDINGS.indexOf('cancelled')])
    expect([table.isQuiet, table.size]).toEqual([true, 0])
  })

  it('the method of a ticket may be called until the moment that is told with it, and until a later one when that is told', () => {
    const { block, table } = tableOf(2)
    const tick = { sequence: 1, dueMono: 0, dueWall: 0, startBy: Number.POSITIVE_INFINITY }
    const [one, other] = [100, 500].map((callBefore) =>
      table.handOver(0, { tick, attempt: 1, early: false, ticket: { delivery: 3, callBefore } }, () => {}),
    )
    const mayCall = (now: number) => [one, other].map((run) => block.holds.isHeld(run!.record, { now: () => now }))
    expect(block.deliveryOf(one!.record)).toBe(3)
    expect([mayCall(99), mayCall(100)]).toEqual([
      [true, true],
      [false, true],
    ])
    one!.mayCallBefore(200)
    expect([mayCall(199), mayCall(200)]).toEqual([
      [true, true],
      [false, true],
    ])
  })

  it('a run that the gate held tells how early it reached the gate, unless another was in progress or it reached none', async () => {
    const { block, margins, handOver, reply } = tableOf(2)
    const first = handOver({ dueMono: 100, early: true })
    const behind = handOver({ dueMono: 100, early: true })
    block.writeReached(first.run.record, 70)
    block.writeReached(behind.run.record, 110)
    await reply(first.run.record)
    await reply(behind.run.record)
    expect(margins).toEqual([30])
    const cancelled = handOver({ dueMono: 200, early: true })
    await reply(cancelled.run.record)
    const late = handOver({ dueMono: 300, early: false })
    block.writeReached(late.run.record, 301)
    await reply(late.run.record)
    expect(margins).toEqual([30])
  })

  it('a run that was handed over travels with those that are handed over in the same turn, and each is reported once', async () => {
    const { table, sent, handOver } = tableOf(4)
    const all = [handOver(), handOver(), handOver(), handOver()]
    const [first, ...rest] = all.map(({ run }) => run.record)
    await Promise.resolve()
    expect(sent.map(({ request }) => request)).toEqual([first, rest.slice(0, 2), rest[2]])
    // The second of the batch is told on the link, and first.
    table.settle([rest[1]!], [COMPLETED])
    sent[1]!.reply([COMPLETED, ON_LINK])
    await expect.poll(() => table.size).toBe(2)
    expect(all.map(({ reports }) => reports.length)).toEqual([0, 1, 1, 0])
    table.settle([first!, rest[2]!], [COMPLETED, COMPLETED])
    expect(all.map(({ reports }) => reports.length)).toEqual([1, 1, 1, 1])
  })

  it('a run whose reply was held back when the thread ended is reported as it ended, and not blamed (invariant 3)', () => {
    const { table, block, handOver } = tableOf(4)
    const [completed, failed, inside, unbegun] = [handOver(), handOver(), handOver(), handOver()]
    for (const { run } of [completed, failed, inside]) block.begin(run.record)
    block.writeEnding(completed.run.record, COMPLETED)
    block.writeEnding(failed.run.record, RUN_ENDINGS.indexOf('failed'))
    table.end(CRASH, 0)
    expect(completed.reports).toMatchObject([{ result: 'completed', isBlamed: false, error: undefined }])
    expect(failed.reports).toMatchObject([{ result: 'failed', isBlamed: false, error: { name: 'ThreadExit' } }])
    expect(inside.reports).toMatchObject([{ result: 'crashed', isBlamed: true }])
    expect(unbegun.reports).toMatchObject([{ result: 'crashed', isBlamed: false }])
  })

  it('a run that was handed over is not sent once its thread is being ended, and ends with it', async () => {
    const { table, sent, handOver } = tableOf(3)
    const all = [handOver(), handOver()]
    table.close()
    all.push(handOver())
    await Promise.resolve()
    expect(sent.length).toBe(1)
    table.end(KILLED, 0)
    expect(all.map(({ reports }) => reports.length)).toEqual([1, 1, 1])
  })

  it('a run that was handed over has a record of its own while others are in progress (invariant 2)', () => {
    const { handOver } = tableOf(3)
    expect(new Set([handOver(), handOver(), handOver()].map(({ run }) => run.record)).size).toBe(3)
  })

  it('a run that was handed over is reported as crashed when the thread has exited, and not once more by a late reply (invariant 1)', async () => {
    const { table, handOver, reply } = tableOf(2)
    const { run, reports } = handOver()
    table.end(KILLED, 0)
    await reply(run.record)
    expect(reports).toMatchObject([{ result: 'crashed', error: { name: 'ThreadExit' } }])
    expect(table.size).toBe(0)
  })

  it('a run that was handed over is aborted in shared memory and by a message, and asks for its thread to be killed', () => {
    const { block, aborted, kills, handOver } = tableOf(2)
    const { run } = handOver()
    run.abort('timeout')
    run.kill()
    expect([block.abortCause(run.record), aborted, kills]).toEqual(['timeout', [run.record], ['kill']])
  })
})

describe('an exit is charged to', () => {
  /** Timer 0 and timer 1 have a run each; `begun` says which have begun, in order. */
  function blamed(begun: readonly number[], calls: number, exit = CRASH): number[] {
    const { table, block, handOver } = tableOf(2)
    const runs = [handOver({ timer: 0 }), handOver({ timer: 1 })]
    for (const timer of begun) block.begin(runs[timer]!.run.record)
    if (calls > 0) block.enterCall(1, 0)
    table.end(exit, calls)
    return runs.flatMap(({ reports }, timer) => (reports[0]!.isBlamed ? [timer] : []))
  }

  it('an exit is charged to the only run that has begun (invariant 3)', () => {
    expect(blamed([0], 0)).toEqual([0])
  })

  it('an exit is charged to the run whose method was entered last, of several that have begun (invariant 3)', () => {
    expect(blamed([0, 1], 0)).toEqual([1])
    expect(blamed([1, 0], 0)).toEqual([0])
  })

  it('an exit is charged to the run that has begun, of two of one timer (invariant 3)', () => {
    const { table, block, handOver } = tableOf(2)
    const [waiting, begun] = [handOver(), handOver()]
    block.begin(begun.run.record)
    table.end(CRASH, 0)
    expect([waiting, begun].map(({ reports }) => reports[0]!.isBlamed)).toEqual([false, true])
  })

  it('an exit is charged to no run when the method of a call was entered last (invariant 3)', () => {
    expect(blamed([0], 1)).toEqual([])
  })

  it('an exit is charged to no run when none has begun, or when the thread was killed (invariant 3)', () => {
    expect(blamed([], 0)).toEqual([])
    expect(blamed([0], 0, KILLED)).toEqual([])
  })
})

describe('a table says', () => {
  it('a run table says that all runs are gated, until the due moment of the last one handed over early', () => {
    const { table, handOver } = tableOf(3)
    expect(table.isGated(0)).toBe(true)
    handOver({ dueMono: 100, early: true })
    expect([table.isGated(99), table.isGated(100)]).toEqual([true, false])
  })

  it('a run table says that a run handed over when due is not gated, though one before it was', async () => {
    const { table, handOver, reply } = tableOf(3)
    const { run } = handOver({ dueMono: 100, early: true })
    await reply(run.record)
    handOver()
    expect(table.isGated(50)).toBe(false)
  })

  it('a run table says which runs the thread is to begin, oldest first, and since when', async () => {
    const { table, block, handOver } = tableOf(3)
    expect([...table.awaited()]).toEqual([])
    const [first, second, gated] = [handOver(), handOver(), handOver({ dueMono: 100, early: true })]
    expect([...table.awaited()].map(({ awaitedSince }) => awaitedSince)).toEqual([NOW, NOW, 100])
    block.begin(second.run.record)
    expect([...table.awaited()]).toEqual([first.run, gated.run])
  })

  it('a run table says that a run is inside its method until that has ended, and awaits the report from then on', async () => {
    const { table, block, handOver, reply } = tableOf(1)
    const { run } = handOver()
    expect(table.isInsideRun).toBe(false)
    block.begin(run.record)
    expect([table.isInsideRun, [...table.awaited()]]).toEqual([true, []])
    block.writeEnd(run.record, 70, undefined)
    expect([table.isInsideRun, [...table.awaited()], run.awaitedSince]).toEqual([false, [run], 70])
    await reply(run.record)
    expect([...table.awaited()]).toEqual([])
  })

  it('a run table says that a cancelled run is awaited: a thread that hangs replies to it neither', () => {
    const { table, handOver } = tableOf(1)
    const { run } = handOver()
    expect(run.cancel()).toBe(true)
    expect([...table.awaited()]).toEqual([run])
  })
})
