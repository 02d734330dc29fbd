import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LATENESS_BOUNDS } from '../../src/counters/histogram-bounds.js'
import { bytesOf, layoutOf } from '../../src/counters/layout.js'
import { CounterReader, type Snapshot } from '../../src/counters/reader.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import { OUTCOMES, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { manyTimers, PROGRESS_WORDS, ROUNDS, STOP, timerRows, type WriterSetup } from './counter-writing.js'

/** TypeScript in a worker thread of a test. */
const LOAD_WRITER = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('./counter-writer.ts', import.meta.url).href)})
  })
`
const CATALOGUE = manyTimers()
const WORDS = layoutOf(CATALOGUE)

async function writeWithoutRest(kind: WriterSetup['kind']) {
  const memory = new SharedArrayBuffer(bytesOf(WORDS))
  const progress = new Int32Array(new SharedArrayBuffer(4 * PROGRESS_WORDS))
  const workerData: WriterSetup = { kind, memory, progress }
  const writer = new Worker(LOAD_WRITER, { eval: true, workerData })
  const exited = once(writer, 'exit')
  const stop = async () => {
    Atomics.store(progress, STOP, 1)
    await exited
  }
  onTestFinished(stop)
  await once(writer, 'message')
  return { reader: new CounterReader(CATALOGUE, memory), progress, stop }
}

/** Numbers of timers whose ledger does not close, or whose histogram has another count than its runs. */
function tornIn(snapshot: Snapshot): number[] {
  return CATALOGUE.timers.flatMap((_, index) => {
    const first = snapshot.at('timers', index)
    const sum = (field: number, count: number) => {
      let total = 0
      for (let word = 0; word < count; word++) total += snapshot.word(first + field + word)
      return total
    }
    const { due, active, pending, skipped, runs, lateness } = TIMER_ROW.at
    const ended = sum(runs, OUTCOMES.length)
    const placed = sum(active, 1) + sum(pending, 1) + sum(skipped, SKIP_REASONS.length) + ended
    return sum(due, 1) === placed && sum(lateness, LATENESS_BOUNDS.length + 1) === ended ? [] : [index]
  })
}

const SNAPSHOTS = 3_000

describe('a snapshot of the counters', () => {
  it('a snapshot of the counters mixes no two moments of a timer while a writer on another thread never rests', async () => {
    const { reader, progress, stop } = await writeWithoutRest('versioned')
    const torn: number[] = []
    const seen = new Set<number>()
    while (seen.size < SNAPSHOTS) {
      const snapshot = reader.snapshot()
      torn.push(...tornIn(snapshot))
      seen.add(snapshot.word(snapshot.at('timers', 0) + TIMER_ROW.at.due))
      await nextTurn()
    }
    expect(torn).toEqual([])
    expect(Atomics.load(progress, ROUNDS)).toBeGreaterThan(0)
    await stop()
    const { staleRows } = reader.snapshot()
    const last = reader.snapshot()
    expect(tornIn(last)).toEqual([])
    // A row that was kept is read again by the next snapshot.
    expect(last.staleRows).toBe(staleRows)
    const due = CATALOGUE.timers.map((_, index) => last.word(last.at('timers', index) + TIMER_ROW.at.due))
    expect(new Set(due)).toEqual(new Set([5 * Atomics.load(progress, ROUNDS)]))
  })

  it('a snapshot of the counters would mix two moments if the sequence words did not change', async () => {
    const { reader } = await writeWithoutRest('unversioned')
    let torn: readonly number[] = []
    while (torn.length === 0) {
      torn = tornIn(reader.snapshot())
      await nextTurn()
    }
    expect(torn.length).toBeGreaterThan(0)
  })

  it('a snapshot of the counters does not wait for a row that stays in the middle of a change, and reads all others', () => {
    const memory = new SharedArrayBuffer(bytesOf(WORDS))
    const rows = timerRows(CATALOGUE, memory, new Int32Array(memory))
    const reader = new CounterReader(CATALOGUE, memory)
    const dueIn = (snapshot: Snapshot, index: number) => snapshot.word(snapshot.at('timers', index) + TIMER_ROW.at.due)
    for (const row of rows) row.add(TIMER_ROW.at.due, 7)
    expect(dueIn(reader.snapshot(), 3)).toBe(7)
    for (const row of rows) row.add(TIMER_ROW.at.due, 1)
    rows[3]!.begin()
    const during = reader.snapshot()
    expect([dueIn(during, 2), dueIn(during, 3), dueIn(during, 4), during.staleRows]).toEqual([8, 7, 8, 1])
    expect([dueIn(reader.snapshot(), 3), reader.snapshot().staleRows]).toEqual([7, 3])
    rows[3]!.end()
    const after = reader.snapshot()
    expect([dueIn(after, 3), after.staleRows]).toEqual([8, 3])
  })
})
