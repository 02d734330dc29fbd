import { describe, expect, it } from 'vitest'
import { LocalMemory, LocalStore } from '../../src/coordinate/stores/local-store.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { patient, storeContract } from './store-contract.js'

describe('the local store', () => {
  storeContract({ url: () => 'local', shortTtl: 50, isShared: false })

  it('the local store goes by the clock it is given', async () => {
    const clock = new VirtualClock()
    const store = new LocalStore(clock)
    const first = await store.acquire('a', 'one', 1_000, patient)
    await clock.advance(999_999)
    expect(await store.acquire('a', 'other', 1_000, patient)).toMatchObject({ kind: 'held' })
    await clock.advance(1)
    expect(await store.renew('a', 'one', first.epoch, 1_000, patient)).toBe(false)
    expect(await store.acquire('a', 'other', 1_000, patient)).toMatchObject({ kind: 'granted' })
  })

  it('the local store gives a process that starts anew higher epochs than its predecessor had', async () => {
    const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
    const before = await new LocalStore(clock).acquire('a', 'one', 1_000, patient)
    await clock.advance(100_000)
    const after = await new LocalStore(clock).acquire('a', 'one', 1_000, patient)
    expect(after.epoch).toBeGreaterThan(before.epoch)
  })

  it('the local store gives higher epochs when the wall clock is set back too', async () => {
    const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
    const store = new LocalStore(clock)
    const before = await store.acquire('a', 'one', 1_000, patient)
    await store.release('a', 'one', before.epoch, patient)
    clock.jumpWall(-3_600_000)
    const after = await store.acquire('a', 'one', 1_000, patient)
    expect(after.epoch).toBe(before.epoch + 1n)
  })

  it('the local store forgets claims that have lapsed, while others are kept', async () => {
    const clock = new VirtualClock()
    const memory = new LocalMemory()
    const store = new LocalStore(clock, memory)
    await store.claim('kept', 'one', 3_600_000, patient)
    for (let tick = 0; tick < 10_000; tick++) {
      await store.claim(`tick-${tick}`, 'one', 100, patient)
      await clock.advance(10_000)
    }
    expect(memory.claims.size).toBeLessThan(300)
    expect(await store.claim('kept', 'other', 1_000, patient)).toBe(false)
  })
})
