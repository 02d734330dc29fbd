/** The numbers O1 and O2 are those of src/supervise/queue/offer-watch.ts. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type NotOffered, notOfferedText, OfferWatch } from '../../src/supervise/queue/offer-watch.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const TTL = 15_000_000
const SECOND = 1_000_000
const WALL = Date.UTC(2026, 0, 5)

/** What the store answers: a holder, none, an error, or nothing at all. */
type Answer = 'held' | 'free' | 'fails' | 'mute'

function watch(first: Answer, leases = ['svc/queue']) {
  const clock = new VirtualClock({ wall: WALL })
  const told: string[][] = []
  const state = { answer: first, looks: 0 }
  const offers = new OfferWatch({
    leases,
    clock,
    ttl: TTL,
    store: {
      holderOf(lease) {
        state.looks++
        if (state.answer === 'fails') return Promise.reject(new Error('down'))
        if (state.answer === 'mute') return new Promise(() => {})
        return Promise.resolve(state.answer === 'held' || lease === 'led/queue' ? 'another' : undefined)
      },
    },
    onChange: (found: readonly NotOffered[]) => told.push(found.map(({ lease }) => lease)),
  })
  onTestFinished(() => offers.stop())
  const after = async (seconds: number) => {
    for (let at = 0; at < seconds; at++) await clock.advance(SECOND)
    return offers.list.map(({ lease }) => lease)
  }
  return { clock, offers, told, state, after }
}

describe('the watch over the leases under which tickets are offered', () => {
  it('a lease that no look finds held for three ttls is not offered, since the first of these looks (O1)', async () => {
    const { offers, told, after } = watch('free')
    expect(await after(44)).toEqual([])
    expect(await after(2)).toEqual(['svc/queue'])
    expect(offers.list).toEqual([{ lease: 'svc/queue', since: WALL }])
    await after(60)
    expect(told).toEqual([['svc/queue']])
  })

  it('a lease that an instance holds now and then is offered (O1)', async () => {
    const { state, told, after } = watch('free')
    for (let round = 0; round < 5; round++) {
      state.answer = 'free'
      expect(await after(40)).toEqual([])
      state.answer = 'held'
      await after(6)
    }
    expect(told).toEqual([])
  })

  it('a lease that is held again is offered again, and that is told', async () => {
    const { state, told, after } = watch('free')
    await after(50)
    state.answer = 'held'
    expect(await after(6)).toEqual([])
    expect(told).toEqual([['svc/queue'], []])
  })

  it.each(['fails', 'mute'] as const)('a store that %s changes nothing (O2)', async (answer) => {
    const unknown = watch(answer)
    expect(await unknown.after(100)).toEqual([])
    const known = watch('free')
    await known.after(50)
    known.state.answer = answer
    expect(await known.after(100)).toEqual(['svc/queue'])
    expect(known.told).toHaveLength(1)
  })

  it('each lease is judged by itself', async () => {
    const { after } = watch('free', ['led/queue', 'svc/queue'])
    expect(await after(50)).toEqual(['svc/queue'])
  })

  it('a lease is looked at three times in the length of a ttl, and no more after the stop', async () => {
    const { offers, state, after } = watch('held')
    await after(16)
    expect(state.looks).toBe(4)
    offers.stop()
    await after(60)
    expect(state.looks).toBe(4)
  })

  it('without such a lease the store is not asked', async () => {
    const { state, after } = watch('held', [])
    await after(60)
    expect(state.looks).toBe(0)
  })

  it('the sentence names the lease, the setting and what to do', () => {
    expect(notOfferedText([{ lease: 'svc/queue', since: WALL }])).toBe(
      'no instance hands ticks over to the queue under the lease svc/queue: none holds it, and this one never does (escapement.queue.offer is false); start an instance with escapement.queue.offer: true, or set it here',
    )
    const two = ['a/queue', 'b/queue'].map((lease) => ({ lease, since: WALL }))
    expect(notOfferedText(two)).toMatch(/ under the leases a\/queue, b\/queue: none holds them, /)
  })
})
