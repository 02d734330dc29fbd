import { describe, expect, it } from 'vitest'
import { candidate, dropAnswer, hang, refuse, SECOND, slowly, TTL, VALIDITY } from './scripted-elector.js'

describe('a leader', () => {
  it('a leader renews after each retry period, and extends validity from before it asked', async () => {
    const { clock, store, block, heard, start } = candidate()
    await start()
    store.next('renew', slowly(clock, 0.5 * SECOND))
    await clock.advance(2.5 * SECOND)
    expect(block.read(0).until).toBe(2 * SECOND + VALIDITY)
    await clock.advance(1.6 * SECOND)
    expect(store.times('renew')).toEqual([2, 4])
    expect(store.requests[1]).toEqual({ kind: 'renew', at: 2 * SECOND, epoch: 1n, ttl: TTL })
    expect(heard).toEqual(['acquired', 'gained 1', 'renewed', 'renewed'])
    expect(block.read(0).until).toBe(4 * SECOND + VALIDITY)
  })

  it('a leader keeps the lease for as long as the store answers', async () => {
    const { clock, heard, isHeld, start } = candidate()
    await start()
    await clock.advance(600 * SECOND)
    expect(isHeld()).toBe(true)
    expect(heard.filter((event) => event !== 'renewed')).toEqual(['acquired', 'gained 1'])
    expect(heard).toHaveLength(302)
  })

  it('a leader does not mind a renewal that fails when another succeeds in time', async () => {
    const { clock, store, block, heard, start } = candidate()
    await start()
    store.next('renew', refuse, hang)
    await clock.advance(6.5 * SECOND)
    expect(store.times('renew')).toEqual([2, 4, 6])
    expect(heard).toEqual(['acquired', 'gained 1', 'renew_failed', 'renew_failed', 'renewed'])
    expect(block.read(0)).toMatchObject({ epoch: 1n, until: 6 * SECOND + VALIDITY })
  })

  it('a leader does not count a renewal whose answer was lost', async () => {
    const { clock, store, block, heard, start } = candidate()
    await start()
    store.next('renew', dropAnswer)
    await clock.advance(3 * SECOND)
    expect(block.read(0).until).toBe(VALIDITY)
    await clock.advance(SECOND)
    expect(block.read(0)).toMatchObject({ epoch: 1n, until: 4 * SECOND + VALIDITY })
    expect(heard).toEqual(['acquired', 'gained 1', 'renew_failed', 'renewed'])
  })

  it.each([
    ['refuses', refuse, [2, 4, 6]],
    ['says nothing', hang, [2, 4, 6]],
    ['renews, and its answers are lost', dropAnswer, [2, 4, 6]],
  ])(
    'a leader stops what runs at the renewal deadline when the store %s, then says so and gives back',
    async (_, behaviour, times) => {
      const { clock, store, memory, elector, heard, isHeld, start } = candidate({ stopsIn: 5 * SECOND })
      await start()
      store.always('renew', behaviour)
      await clock.advance(8 * SECOND)
      expect(store.times('renew')).toEqual(times)
      expect(heard.at(-1)).toBe('losing unconfirmed, valid, at 8')
      expect(elector.state).toBe('losing')
      await clock.advance(4.9 * SECOND)
      expect(isHeld()).toBe(true)
      expect(store.times('release')).toEqual([])
      await memory.watch(() => heard.push(`given back, ${isHeld() ? 'valid' : 'not valid'}`))
      await clock.advance(0.1 * SECOND)
      expect(heard.slice(heard.indexOf('lost'))).toEqual([
        'lost',
        'lost unconfirmed, not valid, at 13',
        'given back, not valid',
        'released',
        'acquired',
        'gained 2',
      ])
    },
  )

  it('a leader lets validity run out in memory when what runs cannot be stopped, and keeps the lease from itself until it has', async () => {
    const { clock, store, heard, isHeld, start } = candidate({ stopsIn: 100 * SECOND })
    await start()
    store.always('renew', refuse)
    await clock.advance(14.84 * SECOND)
    expect(isHeld()).toBe(true)
    await clock.advance(0.01 * SECOND)
    expect(isHeld()).toBe(false)
    await clock.advance(80 * SECOND)
    expect(store.times('acquire')).toEqual([0])
    store.always('renew', undefined)
    await clock.advance(14 * SECOND)
    expect(heard.slice(-2)).toEqual(['acquired', 'gained 2'])
  })

  it('a leader waits for a renewal no longer than until the deadline, and does not use it when it succeeds after that', async () => {
    const { clock, store, block, heard, start } = candidate({ retry: 3 * SECOND, stopsIn: 5 * SECOND })
    await start()
    store.next('renew', hang, slowly(clock, 2.5 * SECOND))
    await clock.advance(8 * SECOND)
    expect(store.times('renew')).toEqual([3, 6])
    expect(heard.at(-1)).toBe('losing unconfirmed, valid, at 8')
    await clock.advance(4 * SECOND)
    expect(block.read(0).until).toBe(VALIDITY)
    expect(heard).not.toContain('renewed')
    await clock.advance(SECOND)
    expect(heard.slice(-4)).toEqual(['lost unconfirmed, not valid, at 13', 'released', 'acquired', 'gained 2'])
  })

  it('a leader has lost the lease at once when the store says that it is not the holder: memory first, and nothing to give back', async () => {
    const { clock, store, memory, heard, isHeld, start } = candidate({ stopsIn: 3 * SECOND })
    await start()
    memory.steal('main', 'other', 60_000)
    expect(isHeld()).toBe(true)
    await clock.advance(2 * SECOND)
    expect(isHeld()).toBe(false)
    await clock.advance(10 * SECOND)
    expect(heard).toEqual([
      'acquired',
      'gained 1',
      'renew_failed',
      'losing taken, not valid, at 2',
      'lost',
      'lost taken, not valid, at 5',
    ])
    expect(store.times('release')).toEqual([])
    expect(store.times('acquire')).toEqual([0, 5, 7, 9, 11])
  })

  it('a leader notices likewise that the lease expired in the store and nobody took it', async () => {
    const { clock, memory, heard, start } = candidate({ stopsIn: 0 })
    await start()
    memory.steal('main', 'other', 0)
    await clock.advance(2 * SECOND)
    expect(heard.slice(2)).toEqual([
      'renew_failed',
      'losing taken, not valid, at 2',
      'lost',
      'lost taken, not valid, at 2',
      'acquired',
      'gained 3',
    ])
  })
})

describe('a leader whose clocks do not go on evenly', () => {
  it('a leader whose clocks do not go on evenly is not valid from the moment the wall clock is set forward beyond the lease, and stays so when it is set back', async () => {
    const { clock, store, heard, elector, isHeld, start } = candidate({ stopsIn: SECOND })
    await start()
    await clock.advance(SECOND)
    clock.jumpWall(60_000)
    expect(isHeld()).toBe(false)
    elector.check()
    await clock.advance(0)
    expect(heard.at(-1)).toBe('losing expired, not valid, at 1')
    clock.jumpWall(-60_000)
    expect(isHeld()).toBe(false)
    await clock.advance(SECOND)
    expect(heard.slice(3)).toEqual(['lost', 'lost expired, not valid, at 2', 'released', 'acquired', 'gained 2'])
    expect(store.times('renew')).toEqual([])
  })

  it('a leader whose clocks do not go on evenly notices a wall clock that was set forward when it would renew, without being told', async () => {
    const { clock, store, heard, start } = candidate()
    await start()
    await clock.advance(SECOND)
    clock.jumpWall(60_000)
    await clock.advance(SECOND)
    expect(heard.at(-1)).toBe('losing expired, not valid, at 2')
    expect(store.times('renew')).toEqual([])
  })

  it('a leader whose clocks do not go on evenly stops what runs when the wall clock was set forward so far that there is just time for it', async () => {
    const { clock, heard, start } = candidate()
    await start()
    await clock.advance(SECOND)
    clock.jumpWall(8_000)
    await clock.advance(SECOND)
    expect(heard.at(-1)).toBe('losing unconfirmed, valid, at 2')
  })

  it('a leader whose clocks do not go on evenly leads on when the wall clock is set forward a little, or back by any amount', async () => {
    const { clock, heard, isHeld, start } = candidate()
    await start()
    for (const by of [4_000, -3_600_000, 3_000]) {
      clock.jumpWall(by)
      expect(isHeld()).toBe(true)
      await clock.advance(10 * SECOND)
    }
    expect(isHeld()).toBe(true)
    expect(heard).not.toContain('lost')
  })

  it('a leader whose clocks do not go on evenly holds nothing longer by a wall clock that is set back', async () => {
    const { clock, store, heard, isHeld, start } = candidate({ stopsIn: 100 * SECOND })
    await start()
    store.always('renew', refuse)
    clock.jumpWall(-3_600_000)
    await clock.advance(8 * SECOND)
    expect(heard.at(-1)).toBe('losing unconfirmed, valid, at 8')
    await clock.advance(6.85 * SECOND)
    expect(isHeld()).toBe(false)
  })

  it('a leader whose clocks do not go on evenly is not valid after a suspend that outlasted the lease, though the monotonic clock stood still', async () => {
    const { clock, memory, heard, isHeld, start } = candidate()
    await start()
    await clock.advance(SECOND)
    clock.suspend(20 * SECOND)
    memory.steal('main', 'other', 60_000)
    expect(isHeld()).toBe(false)
    await clock.advance(SECOND)
    expect(heard.at(-1)).toBe('losing expired, not valid, at 2')
  })

  it.each([
    ['longer than the lease', 20, 'losing expired, not valid, at 21'],
    ['longer than the renewal deadline', 10, 'losing unconfirmed, valid, at 11'],
  ])(
    'a leader whose clocks do not go on evenly looks at the clock before anything else after it was frozen for %s',
    async (_, seconds, last) => {
      const { clock, store, heard, start } = candidate()
      await start()
      await clock.advance(SECOND)
      await clock.stall(seconds * SECOND)
      expect(store.times('renew')).toEqual([])
      expect(heard.at(-1)).toBe(last)
    },
  )

  it('a leader whose clocks do not go on evenly does not use a renewal that was answered while it was frozen beyond the deadline', async () => {
    const { clock, store, block, heard, start } = candidate()
    await start()
    store.next('renew', slowly(clock, SECOND))
    await clock.advance(2.5 * SECOND)
    await clock.stall(10 * SECOND)
    expect(heard.slice(2)).toEqual(['renew_failed', 'losing unconfirmed, valid, at 12.5'])
    expect(block.read(0).until).toBe(VALIDITY)
  })

  it('a leader whose clocks do not go on evenly does not use a renewal that was answered after the wall clock had passed the deadline', async () => {
    const { clock, store, block, heard, start } = candidate()
    await start()
    store.next('renew', slowly(clock, SECOND))
    await clock.advance(2.5 * SECOND)
    clock.suspend(6 * SECOND)
    await clock.advance(0.5 * SECOND)
    expect(heard.slice(2)).toEqual(['renew_failed', 'losing unconfirmed, valid, at 3'])
    expect(block.read(0).until).toBe(VALIDITY)
  })
})
