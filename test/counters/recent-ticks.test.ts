import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ringCapacity, TickRing } from '../../src/counters/tick-ring.js'
import { type RecentTick, TickRingReader } from '../../src/counters/tick-ring-reader.js'
import { ABORT_CAUSES, OUTCOMES, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { isWhole, type RingSetup, STOP, WRITTEN, writeNumbered } from './ring-writing.js'

const TICK = { sequence: 7, dueMono: 1_000, dueWall: 2_000, startBy: Number.POSITIVE_INFINITY }
const REPORTED = { startedAt: 1_001, endedAt: 1_500, threadId: 9 }

describe('the ring of recent ticks', () => {
  it.each(OUTCOMES)('the ring of recent ticks returns a run that has ended as %s', (outcome) => {
    const ring = new TickRing(4)
    const reader = new TickRingReader(ring.memory)
    ring.ended(3, TICK, outcome, 2, REPORTED, undefined, 1_600)
    const { startBy, ...facts } = TICK
    expect(reader.read()).toEqual([
      { ...facts, timer: 3, end: 'run', outcome, attempts: 2, ...REPORTED, bookedAt: 1_600 },
    ])
    ring.ended(3, TICK, outcome, 1, { startedAt: undefined, endedAt: undefined, threadId: 9 }, undefined, 1_600)
    expect(reader.read()).toMatchObject([{ startedAt: undefined, endedAt: undefined }])
    expect(reader.read()).toEqual([])
  })

  it.each(ABORT_CAUSES)('the ring of recent ticks returns why a run was aborted: %s', (cause) => {
    const ring = new TickRing(4)
    ring.ended(3, TICK, 'aborted', 1, REPORTED, cause, 1_600)
    // The next round has no cause: the word of the last one must not stay.
    for (let round = 0; round < 4; round++) ring.ended(3, TICK, 'completed', 1, REPORTED, undefined, 1_600)
    const reader = new TickRingReader(ring.memory)
    expect(reader.read().map((tick) => 'cause' in tick)).toEqual([false, false, false, false])
    ring.ended(3, TICK, 'aborted', 1, REPORTED, cause, 1_600)
    expect(reader.read()).toMatchObject([{ outcome: 'aborted', cause }])
  })

  it('the ring of recent ticks has room for 3.2 s of each timer that ticks ten times a second', () => {
    expect([0, 1, 128, 1_000].map(ringCapacity)).toEqual([4_096, 4_096, 4_096, 32_000])
  })

  it.each(SKIP_REASONS)('the ring of recent ticks returns ticks that were skipped as %s', (reason) => {
    const ring = new TickRing(4)
    ring.skipped(3, TICK, reason, 5)
    const { startBy, ...facts } = TICK
    const expected: RecentTick = { ...facts, timer: 3, end: 'skipped', reason, count: 5 }
    expect(new TickRingReader(ring.memory).read()).toEqual([expected])
  })

  it('the ring of recent ticks gives each reader every tick once, in order, or counts it as lost', () => {
    const steps = fc.array(fc.oneof(fc.record({ write: fc.nat(20) }), fc.record({ read: fc.nat(10) })))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), steps, (capacity, steps) => {
        const ring = new TickRing(capacity)
        const reader = new TickRingReader(ring.memory)
        let written = 0
        // The model: which numbers are still in the ring, and which the reader has been past.
        let past = 0
        let lost = 0
        for (const step of steps) {
          if ('write' in step) {
            for (let count = 0; count < step.write; count++) writeNumbered(ring, written++)
            continue
          }
          const oldest = Math.max(past, written - capacity)
          const expected = Array.from({ length: Math.min(step.read, written - oldest) }, (_, index) => oldest + index)
          if (step.read > 0 && written > past) {
            lost += oldest - past
            past = oldest + expected.length
          }
          expect(reader.read(step.read).map(({ sequence }) => sequence)).toEqual(expected)
          expect(reader.lost).toBe(lost)
        }
      }),
    )
  })

  it('the ring of recent ticks mixes no two ticks while a writer on another thread never rests', async () => {
    const { reader, stop, written } = await writeWithoutRest('versioned')
    const mixed: RecentTick[] = []
    let read = 0
    let last = -1
    let isInOrder = true
    while (read < 20_000 || reader.lost === 0) {
      for (const tick of reader.read(1_000)) {
        if (!isWhole(tick)) mixed.push(tick)
        isInOrder &&= tick.sequence > last
        last = tick.sequence
        read++
      }
      await nextTurn()
    }
    await stop()
    read += reader.read().length
    expect({ mixed: mixed.slice(0, 3), isInOrder }).toEqual({ mixed: [], isInOrder: true })
    expect(read + reader.lost).toBe(written())
  })

  it('the ring of recent ticks would mix two ticks if the sequence words did not change', async () => {
    const { reader } = await writeWithoutRest('unversioned')
    let mixed: RecentTick | undefined
    while (!mixed) {
      mixed = reader.read(1_000).find((tick) => !isWhole(tick))
      await nextTurn()
    }
    expect(isWhole(mixed)).toBe(false)
  })
})

/** TypeScript in a worker thread of a test. */
const LOAD_WRITER = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('./ring-writer.ts', import.meta.url).href)})
  })
`

async function writeWithoutRest(kind: RingSetup['kind']) {
  const progress = new Int32Array(new SharedArrayBuffer(8))
  const workerData: RingSetup = { kind, progress }
  const writer = new Worker(LOAD_WRITER, { eval: true, workerData })
  const exited = once(writer, 'exit')
  const stop = async () => {
    Atomics.store(progress, STOP, 1)
    await exited
  }
  onTestFinished(stop)
  const [memory] = (await once(writer, 'message')) as [SharedArrayBuffer]
  return { reader: new TickRingReader(memory), stop, written: () => Atomics.load(progress, WRITTEN) }
}
