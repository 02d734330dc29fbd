/** Instances that pause and resume, and are cut off from the store and from each other, agree when they can see each other again. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LocalStore } from '../../../src/coordinate/stores/local-store.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { cuttable, settle } from './cuttable-store.js'
import { PERIOD, pausedInstance } from './paused-instance.js'

const IDS = ['svc.report#morning', 'svc.work']

const step = fc.record({
  instance: fc.nat(1),
  does: fc.constantFrom('say', 'say', 'say', 'cut', 'connect', 'wait'),
  id: fc.constantFrom(...IDS),
  /** In milliseconds. */
  gap: fc.nat(120),
})

it('D1: whatever was said and whoever was cut off, all instances end with the last word about each timer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.nat(50)),
      async (steps, delays) => {
        const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
        const { values } = new LocalStore(clock)
        const delay = () => clock.sleep(delays.next().value * 1_000)
        const instances = [0, 1].map(() => {
          const store = cuttable(values, undefined, delay)
          const instance = pausedInstance({ clock, isShared: true })
          instance.pauses.gate!.opened(store)
          return { ...instance, store }
        })
        /** In milliseconds. */
        const pass = async (span: number) => {
          for (let left = span; left > 0; left -= 20) {
            await settle()
            await clock.advance(Math.min(left, 20) * 1_000)
          }
          await settle()
        }
        await pass(500)
        const lastWords = new Map<string, { isPaused: boolean; at: number; by: string }>()
        for (const { instance: index, does, id, gap } of steps) {
          const { pauses, store, paused } = instances[index]!
          if (does === 'cut') store.failure = new Error('cut off')
          else if (does === 'connect') store.failure = undefined
          else if (does === 'wait') await pass(1_000)
          else {
            const isPaused = !paused().includes(id)
            pauses[isPaused ? 'pause' : 'resume'](id, { by: `instance ${index}` })
            lastWords.set(id, { isPaused, at: clock.wallNow(), by: `instance ${index}` })
          }
          await pass(1 + gap)
        }
        for (const { store } of instances) store.failure = undefined
        await pass((4 * PERIOD) / 1_000)
        const expected = IDS.flatMap((id) => {
          const { isPaused = false, at, by } = lastWords.get(id) ?? {}
          return isPaused ? [{ entrypoint: id, at, by }] : []
        })
        for (const { paused, pauses } of instances) {
          expect(paused().sort()).toEqual(expected.map(({ entrypoint }) => entrypoint).sort())
          expect(pauses.list().map(({ entrypoint, at, by }) => ({ entrypoint, at, by }))).toEqual(expected)
          expect(pauses.list().every(({ isSaved }) => isSaved)).toBe(true)
          expect(pauses.problems).toEqual([])
        }
      },
    ),
    { numRuns: 100 },
  )
})
