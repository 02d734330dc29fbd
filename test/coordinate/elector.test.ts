import { describe, expect, it } from 'vitest'
import { Elector } from '../../src/coordinate/elector.js'
import { candidate, dropAnswer, hang, refuse, SECOND, slowly, TIMING, TTL, VALIDITY } from './scripted-elector.js'

describe('a candidate', () => {
  it('a candidate asks at the start, and leads under the epoch it is granted', async () => {
    const { elector, store, heard, start, isHeld, block } = candidate()
    await start()
    expect(heard).toEqual(['acquired', 'gained 1'])
    expect(elector.state).toBe('leading')
    expect(store.requests).toEqual([{ kind: 'acquire', at: 0, epoch: undefined, ttl: TTL }])
    expect(isHeld()).toBe(true)
    expect(block.epoch(0)).toBe(1n)
  })

  it('a candidate counts validity from before it asked, on both clocks', async () => {
    const { clock, store, block, start } = candidate()
    const wall = clock.wallNow()
    store.next('acquire', slowly(clock, 1.5 * SECOND))
    await start()
    expect(block.epoch(0)).toBe(0n)
    await clock.advance(1.5 * SECOND)
    expect(block.read(0)).toEqual({ epoch: 1n, until: VALIDITY, wallUntil: wall + VALIDITY / 1_000 })
  })

  it.each([
    [0, [0, 2, 4, 6]],
    [0.5, [0, 2.2, 4.4, 6.6]],
  ])('a candidate asks again after the retry period and up to a fifth of it (random %d)', async (random, times) => {
    const { clock, store, memory, start } = candidate({ random })
    memory.steal('main', 'other', 60_000)
    await start()
    await clock.advance(7 * SECOND)
    expect(store.times('acquire')).toEqual(times)
  })

  it('a candidate asks after a short random while when it is told that the lease was given back, once for several hints', async () => {
    const { clock, store, memory, elector, heard, start } = candidate({ random: 0.5 })
    const epoch = memory.steal('main', 'other', 60_000)
    await start()
    await clock.advance(SECOND)
    await memory.release('main', 'other', epoch)
    elector.retrySoon()
    elector.retrySoon()
    await clock.advance(0)
    await clock.advance(0.01 * SECOND)
    elector.retrySoon()
    await clock.advance(0.1 * SECOND)
    expect(store.times('acquire')).toEqual([0, 1.05])
    expect(heard).toEqual(['acquired', 'gained 2'])
  })

  it('a candidate does not forget a hint that comes while it is waiting for an answer', async () => {
    const { clock, store, memory, elector, heard, start } = candidate()
    const epoch = memory.steal('main', 'other', 60_000)
    store.next('acquire', slowly(clock, SECOND))
    await start()
    await memory.release('main', 'other', epoch)
    elector.retrySoon()
    await clock.advance(SECOND)
    expect(store.times('acquire')).toEqual([0, 1])
    expect(heard).toEqual(['acquired', 'gained 2'])
  })

  it('a candidate gives up a request after the retry period, and tells the store so', async () => {
    const { clock, store, heard, start } = candidate()
    store.next('acquire', hang)
    await start()
    expect(store.signals[0]!.aborted).toBe(false)
    await clock.advance(2 * SECOND)
    expect(store.signals[0]!.aborted).toBe(true)
    expect(heard).toEqual(['acquire_failed'])
    await clock.advance(2 * SECOND)
    expect(store.times('acquire')).toEqual([0, 4])
    expect(heard).toEqual(['acquire_failed', 'acquired', 'gained 1'])
  })

  it('a candidate does not lead under a grant it did not hear of: it finds itself the holder, gives back and asks anew', async () => {
    const { clock, store, block, heard, start } = candidate({ random: 0.5 })
    store.next('acquire', dropAnswer)
    await start()
    expect(heard).toEqual(['acquire_failed'])
    await clock.advance(2.2 * SECOND)
    expect(store.requests.slice(1)).toEqual([
      { kind: 'acquire', at: 2.2 * SECOND, epoch: undefined, ttl: TTL },
      { kind: 'release', at: 2.2 * SECOND, epoch: 1n, ttl: undefined },
    ])
    expect(block.epoch(0)).toBe(0n)
    await clock.advance(0.1 * SECOND)
    expect(heard).toEqual(['acquire_failed', 'acquired', 'gained 2'])
    expect(block.epoch(0)).toBe(2n)
  })

  it('a candidate asks no faster than usual when it cannot give such a grant back', async () => {
    const { clock, store, start } = candidate()
    store.next('acquire', dropAnswer)
    store.always('release', refuse)
    await start()
    await clock.advance(7 * SECOND)
    expect(store.times('acquire')).toEqual([0, 2, 4, 6])
  })

  it('a candidate gives a grant back that comes after it has given up the request', async () => {
    const { clock, store, memory, heard, start } = candidate()
    store.next('acquire', slowly(clock, 3 * SECOND))
    await start()
    await clock.advance(2 * SECOND)
    expect(memory.holderOf('main')).toBe('me')
    await clock.advance(SECOND)
    expect(store.requests.at(-1)).toMatchObject({ kind: 'release', epoch: 1n })
    expect(memory.holderOf('main')).toBeUndefined()
    expect(heard).toEqual(['acquire_failed'])
  })

  it('a candidate does not use a grant that ran out while it waited for the answer: the process was frozen', async () => {
    const { clock, store, memory, block, heard, start } = candidate()
    store.next('acquire', slowly(clock, SECOND))
    await start()
    await clock.stall(20 * SECOND)
    expect(heard).toEqual(['acquire_failed'])
    expect(block.epoch(0)).toBe(0n)
    memory.steal('main', 'other', 60_000)
    await clock.advance(10 * SECOND)
    expect(heard).toEqual(['acquire_failed'])
  })

  it.each([
    ['has run out', 20],
    ['leaves too little time to stop what would run', 9],
  ])('a candidate gives a grant back that %s by the wall clock: the machine was suspended', async (_, seconds) => {
    const { clock, store, memory, block, heard, start } = candidate()
    store.next('acquire', slowly(clock, SECOND))
    await start()
    clock.suspend(seconds * SECOND)
    await clock.advance(SECOND)
    expect(heard).toEqual(['acquire_failed'])
    expect(store.requests.at(-1)).toMatchObject({ kind: 'release', epoch: 1n })
    expect(memory.holderOf('main')).toBeUndefined()
    expect(block.epoch(0)).toBe(0n)
  })

  it('a candidate is not fooled by a twin with another holder id on the same machine', async () => {
    const { clock, memory, heard, start } = candidate()
    memory.steal('main', 'me-too', TTL)
    await start()
    await clock.advance(10 * SECOND)
    expect(heard).toEqual([])
    expect(memory.holderOf('main')).toBe('me-too')
  })
})

describe('an elector that is told to stop', () => {
  it('an elector that is told to stop renews on while what runs is stopped, then gives back, and has stopped then', async () => {
    const { clock, store, memory, elector, heard, isHeld, start } = candidate({ stopsIn: 25 * SECOND })
    await start()
    await clock.advance(SECOND)
    await memory.watch(() => heard.push(`given back, ${isHeld() ? 'valid' : 'not valid'}`))
    const stopped = elector.stop().then(() => heard.push('stopped'))
    expect(heard).toEqual(['acquired', 'gained 1', 'losing stopping, valid, at 1'])
    expect(elector.state).toBe('losing')
    await clock.advance(0)
    await clock.advance(24.9 * SECOND)
    expect(isHeld()).toBe(true)
    expect(store.times('renew')).toHaveLength(12)
    expect(heard).not.toContain('stopped')
    await clock.advance(0.1 * SECOND)
    await stopped
    expect(heard.filter((event) => event !== 'renewed').slice(3)).toEqual([
      'lost stopping, not valid, at 26',
      'given back, not valid',
      'released',
      'stopped',
    ])
    expect(elector.state).toBe('stopped')
    await clock.advance(60 * SECOND)
    expect(store.times('acquire')).toEqual([0])
  })

  it('an elector that is told to stop hurries what runs when it cannot renew meanwhile', async () => {
    const { clock, store, elector, heard, control, start } = candidate({ stopsIn: 60 * SECOND })
    await start()
    store.always('renew', refuse)
    const stopped = elector.stop()
    await clock.advance(0)
    await clock.advance(7 * SECOND)
    control.stopsIn = 4 * SECOND
    await clock.advance(5 * SECOND)
    await stopped
    expect(heard.filter((event) => event !== 'renew_failed').slice(2)).toEqual([
      'losing stopping, valid, at 0',
      'losing unconfirmed, valid, at 8',
      'lost',
      'lost unconfirmed, not valid, at 12',
      'released',
    ])
  })

  it('an elector that is told to stop does not wait for a renewal before it stops what runs', async () => {
    const { clock, store, elector, heard, start } = candidate()
    await start()
    store.next('renew', hang)
    await clock.advance(2.5 * SECOND)
    void elector.stop()
    expect(heard.at(-1)).toBe('losing stopping, valid, at 2.5')
  })

  it('an elector that is told to stop gives a grant back that was on its way, and never leads', async () => {
    const { clock, store, memory, elector, heard, start } = candidate()
    store.next('acquire', slowly(clock, SECOND))
    await start()
    const stopped = elector.stop().then(() => heard.push('stopped'))
    await clock.advance(0.9 * SECOND)
    expect(heard).toEqual([])
    await clock.advance(0.1 * SECOND)
    await stopped
    expect(heard).toEqual(['stopped'])
    expect(store.requests.at(-1)).toMatchObject({ kind: 'release', epoch: 1n })
    expect(memory.holderOf('main')).toBeUndefined()
  })

  it('an elector that is told to stop waits for nothing between two attempts, or before it was started, and stops once however often it is told', async () => {
    const { clock, memory, elector, start } = candidate()
    memory.steal('main', 'other', 60_000)
    await start()
    await clock.advance(SECOND)
    await Promise.all([elector.stop(), elector.stop()])
    expect(elector.state).toBe('stopped')

    const idle = candidate()
    await idle.elector.stop()
    await idle.start()
    expect(idle.store.requests).toEqual([])
  })

  it('an elector that is told to stop tries twice to give the lease back, and leaves it to expire then', async () => {
    const { clock, store, elector, heard, start } = candidate({ stopsIn: 0 })
    await start()
    store.always('release', hang)
    const stopped = elector.stop()
    await clock.advance(4 * SECOND)
    await stopped
    expect(store.times('release')).toEqual([0, 2])
    expect(heard).not.toContain('released')
  })

  it('an elector that is told to stop hands over to a candidate that is told, within a fraction of the retry period', async () => {
    const { clock, store, elector, start } = candidate({ stopsIn: 0 })
    await start()
    const gained: bigint[] = []
    const successor = new Elector({
      lease: 'main',
      holder: 'successor',
      store: store.memory,
      clock,
      timing: TIMING,
      random: () => 0.99,
      publish: () => {},
      onGained: (epoch) => gained.push(epoch),
      onLosing: async () => {},
      onLost: () => {},
      onEvent: () => {},
    })
    await store.watch(() => successor.retrySoon())
    successor.start()
    await clock.advance(SECOND)
    void elector.stop()
    for (let step = 0; step < 10; step++) await clock.advance(0.01 * SECOND)
    expect(gained).toEqual([2n])
  })
})
