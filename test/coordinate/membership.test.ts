import { describe, expect, it } from 'vitest'
import { Membership } from '../../src/coordinate/membership.js'
import type { Member, MemberStore } from '../../src/coordinate/ports.js'
import type { Micros, Millis } from '../../src/kernel/time.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000
const TTL = 15 * SECOND

class MemoryMemberStore implements MemberStore {
  readonly #clock: VirtualClock
  readonly #members = new Map<string, { member: Member; until: Millis }>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async heartbeat(member: Member, ttl: Millis): Promise<readonly Member[]> {
    this.#members.set(member.id, { member, until: this.#clock.wallNow() + ttl })
    return [...this.#members.values()]
      .filter(({ until }) => this.#clock.wallNow() < until)
      .map(({ member }) => member)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async leave(id: string): Promise<void> {
    this.#members.delete(id)
  }
}

/** How the store is reached by one member. */
interface Link {
  isDown: boolean
  /** Of a heartbeat on its way there, and of the answer. */
  there: number
  back: number
}

function world() {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const store = new MemoryMemberStore(clock)
  const join = (id: string, weight = 1, group = 'jobs') => {
    const link: Link = { isDown: false, there: 0, back: 0 }
    const beats: { at: number; weight: number }[] = []
    const linked: MemberStore = {
      async heartbeat(member, ttl, signal) {
        beats.push({ at: clock.now() / SECOND, weight: member.weight })
        if (link.isDown) throw new Error('connection refused')
        if (link.there > 0) await clock.sleep(link.there)
        const members = await store.heartbeat(member, ttl)
        if (link.back > 0) await clock.sleep(link.back)
        if (signal.aborted) throw signal.reason
        return members
      },
      async leave(left) {
        if (link.isDown) throw new Error('connection refused')
        await store.leave(left)
      },
    }
    const changes: string[] = []
    const validities: { until: Micros; wallUntil: Millis }[] = []
    const troubles: unknown[] = []
    const membership = new Membership({
      store: linked,
      clock,
      group,
      id,
      weight,
      ttl: TTL,
      onConfirmed: (until, wallUntil) => validities.push({ until, wallUntil }),
      onChange: (members) => changes.push(shown(members)),
      onError: (error) => troubles.push(error),
    })
    const start = async () => {
      membership.start()
      await clock.advance(0)
    }
    return { membership, start, link, beats, changes, validities, troubles, view: () => shown(membership.view()) }
  }
  return { clock, store, join }
}

const shown = (members: readonly Member[]) => members.map(({ id, weight }) => `${id}:${weight}`).join(' ')

describe('a member', () => {
  it('a member beats three times in a ttl, and is told for how long', async () => {
    const { clock, join } = world()
    const a = join('a', 2)
    await a.start()
    await clock.advance(12 * SECOND)
    expect(a.beats).toEqual([0, 5, 10].map((at) => ({ at, weight: 2 })))
  })

  it('a member believes what it has heard twice in a row', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(4.9 * SECOND)
    expect(a.view()).toBe('')
    await clock.advance(0.2 * SECOND)
    expect(a.view()).toBe('a:1')
    expect(a.changes).toEqual(['a:1'])
  })

  it('a member sees another join after two heartbeats, and both agree then', async () => {
    const { clock, join } = world()
    const [a, b] = [join('a'), join('b', 3)]
    await a.start()
    await clock.advance(7 * SECOND)
    await b.start()
    await clock.advance(7 * SECOND)
    expect([a.view(), b.view()]).toEqual(['a:1', 'a:1 b:3'])
    await clock.advance(5 * SECOND)
    expect([a.view(), b.view()]).toEqual(['a:1 b:3', 'a:1 b:3'])
    expect(a.changes).toEqual(['a:1', 'a:1 b:3'])
  })

  it('a member does not move work for a flicker', async () => {
    const { clock, store, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(6 * SECOND)
    await store.heartbeat({ id: 'jobs/b', weight: 1 }, 5_000)
    await clock.advance(60 * SECOND)
    expect(a.changes).toEqual(['a:1'])
  })

  it('a member sees another go that is not heard any more, or that leaves', async () => {
    const { clock, join } = world()
    const [a, b, c] = [join('a'), join('b'), join('c')]
    for (const { start } of [a, b, c]) await start()
    await clock.advance(11 * SECOND)
    expect(a.view()).toBe('a:1 b:1 c:1')
    b.link.isDown = true
    await c.membership.leave()
    await clock.advance(9 * SECOND)
    expect(a.view()).toBe('a:1 b:1')
    await clock.advance(10 * SECOND)
    expect(a.view()).toBe('a:1')
  })

  it('a member owns nothing from the moment it drains, and tells the others at once', async () => {
    const { clock, join } = world()
    const [a, b] = [join('a'), join('b')]
    await a.start()
    await b.start()
    await clock.advance(11 * SECOND)
    expect(a.view()).toBe('a:1 b:1')
    a.membership.drain()
    expect(a.view()).toBe('a:0 b:1')
    await clock.advance(0)
    expect(a.beats.at(-1)).toEqual({ at: 11, weight: 0 })
    await clock.advance(9 * SECOND)
    expect(b.view()).toBe('a:0 b:1')
    expect(a.changes).toEqual(['a:1 b:1', 'a:0 b:1'])
  })

  it('a member tells that it drains also when a heartbeat is on its way', async () => {
    const { clock, join } = world()
    const a = join('a')
    a.link.back = SECOND
    await a.start()
    await clock.advance(10.5 * SECOND)
    a.membership.drain()
    await clock.advance(SECOND)
    expect(a.beats.slice(-2)).toEqual([
      { at: 10, weight: 1 },
      { at: 11, weight: 0 },
    ])
    expect(a.view()).toBe('a:0')
  })

  it('a member owns nothing from the moment it leaves, and is gone for the store when it has left', async () => {
    const { clock, store, join } = world()
    const a = join('a')
    a.link.there = SECOND
    await a.start()
    await clock.advance(10.5 * SECOND)
    const left = a.membership.leave()
    expect(a.view()).toBe('')
    expect(a.membership.leave()).toBe(left)
    await clock.advance(SECOND)
    await left
    expect(shown(await store.heartbeat({ id: 'jobs/b', weight: 1 }, 1_000))).toBe('jobs/b:1')
    await clock.advance(30 * SECOND)
    expect(a.beats.at(-1)!.at).toBe(10)
    expect(a.changes).toEqual(['a:1', ''])
    expect(a.troubles).toEqual([])
  })

  it('a member leaves also when the store cannot be reached, or before it has started', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(SECOND)
    a.link.isDown = true
    await a.membership.leave()
    expect(a.troubles).toHaveLength(1)
    const b = join('b')
    await b.membership.leave()
    await b.start()
    await clock.advance(10 * SECOND)
    expect(b.beats).toEqual([])
  })

  it('a member keeps its view through heartbeats that fail, for not quite a ttl, and owns nothing then', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(11 * SECOND)
    a.link.isDown = true
    await clock.advance(13.8 * SECOND)
    expect(a.view()).toBe('a:1')
    await clock.advance(0.1 * SECOND)
    expect(a.view()).toBe('')
    expect(a.troubles).toHaveLength(3)
  })

  it('a member is back after two heartbeats that succeed', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(6 * SECOND)
    a.link.isDown = true
    await clock.advance(20 * SECOND)
    a.link.isDown = false
    await clock.advance(10 * SECOND)
    expect(a.changes).toEqual(['a:1', '', 'a:1'])
  })

  it('a member takes no answer within a third of the ttl for a failure', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(6 * SECOND)
    a.link.back = 6 * SECOND
    await clock.advance(14 * SECOND)
    expect(a.view()).toBe('')
    expect(a.troubles.length).toBeGreaterThanOrEqual(2)
  })

  it.each([
    ['was frozen', (clock: VirtualClock) => clock.stall(20 * SECOND)],
    ['was suspended', async (clock: VirtualClock) => clock.suspend(20 * SECOND)],
  ])('a member owns nothing after it %s for longer than the ttl, as soon as it looks', async (_, pause) => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(6 * SECOND)
    await pause(clock)
    await clock.advance(4 * SECOND)
    expect(a.changes).toEqual(['a:1', ''])
    expect(a.beats).toHaveLength(3)
    expect(a.troubles).toEqual([])
  })

  it('a member does not believe an answer that waited for it while the machine was suspended', async () => {
    const { clock, join } = world()
    const a = join('a')
    await a.start()
    await clock.advance(4 * SECOND)
    a.link.back = 2 * SECOND
    await clock.advance(2 * SECOND)
    clock.suspend(20 * SECOND)
    await clock.advance(2 * SECOND)
    expect(a.changes).toEqual([])
  })

  it('sees only members of its own group, also where one name begins with the other', async () => {
    const { clock, join } = world()
    const members = [join('a', 1, 'mail'), join('b', 1, 'mail'), join('c', 1, 'mails'), join('c', 1, 'mai')]
    for (const { start } of members) await start()
    await clock.advance(11 * SECOND)
    expect(members.map(({ view }) => view())).toEqual(['a:1 b:1', 'a:1 b:1', 'c:1', 'c:1'])
    await members[0]!.membership.leave()
    await clock.advance(11 * SECOND)
    expect(members.map(({ view }) => view())).toEqual(['', 'b:1', 'c:1', 'c:1'])
  })

  it('says until when each confirmed heartbeat makes the list valid, on both clocks, and that it ends when it leaves', async () => {
    const { clock, join } = world()
    const a = join('a')
    const wallAt = clock.wallNow()
    await a.start()
    await clock.advance(6 * SECOND)
    a.link.isDown = true
    await clock.advance(5 * SECOND)
    const validFrom = (at: number) => ({
      until: (at + 0.99 * 15) * SECOND,
      wallUntil: wallAt + (at + 0.99 * 15) * 1_000,
    })
    expect(a.validities).toEqual([validFrom(0), validFrom(5)])
    await a.membership.leave()
    expect(a.validities.at(-1)).toEqual({ until: 0, wallUntil: 0 })
  })
})
