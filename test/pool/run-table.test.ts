/** The runs on one thread; the numbers are those of the invariants in src/pool/run-table.ts. */
import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../src/dispatch/executor.js'
import { RUN_ENDINGS, type RunReply } from '../../src/pool/protocol.js'
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
  const replies = new Map<number, (reply: RunReply) => void>()
  const aborted: number[] = []
  const kills: string[] = []
  const margins: number[] = []
  const table = new RunTable({
    block,
    records,
    threadId: 7,
    clock: { now: () => NOW },
    send: (record) => new Promise((resolve) => replies.set(record, resolve)),
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
    replies.get(record)!(answer)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { table, block, aborted, kills, margins, handOver, reply }
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
