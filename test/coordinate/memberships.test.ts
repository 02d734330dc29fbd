import { describe, expect, it } from 'vitest'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import { Memberships } from '../../src/coordinate/memberships.js'
import { LocalMemory, LocalStore } from '../../src/coordinate/stores/local-store.js'
import { KnownMembers } from '../../src/host/known-members.js'
import type { ServiceMembers } from '../../src/kernel/members.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000

/** Instances over one store, each with a thread that sees each of its services. */
function world() {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const store = new LocalStore(clock, new LocalMemory())
  const instance = (id: string, services: readonly string[]) => {
    const memory = LeaseBlock.withLeases(1 + services.length)
    const threads = new Map(
      services.map((service, index) => [service, new KnownMembers({ self: id, memory, index: 1 + index, clock })]),
    )
    const unread: ServiceMembers[] = []
    let isBusy = false
    const memberships = new Memberships({
      services,
      id,
      memory,
      firstIndex: 1,
      clock,
      ttl: 15 * SECOND,
      onChange: (members) => (isBusy ? unread.push(members) : threads.get(members.service)!.change(members)),
      onError: () => {},
    })
    const see = (service: string) =>
      threads
        .get(service)!
        .view()
        .map((member) => `${member.id}:${member.weight}`)
        .join(' ')
    return {
      memberships,
      threads,
      see,
      /** From now on the threads read no messages, as in a loop that never yields. */
      keepBusy: () => {
        isBusy = true
      },
      goOn: () => {
        isBusy = false
        for (const members of unread.splice(0)) threads.get(members.service)!.change(members)
      },
    }
  }
  return { clock, store, instance }
}

describe('the members of a service', () => {
  it('are the instances that run it, not those that run another service', async () => {
    const { clock, store, instance } = world()
    const [a, b, c] = [instance('a', ['mail']), instance('b', ['mail', 'reports']), instance('c', ['reports'])]
    for (const { memberships } of [a, b, c]) memberships.join(store)
    await clock.advance(11 * SECOND)
    expect([a.see('mail'), b.see('mail'), b.see('reports'), c.see('reports')]).toEqual([
      'a:1 b:1',
      'a:1 b:1',
      'b:1 c:1',
      'b:1 c:1',
    ])
    expect(b.memberships.counts()).toEqual([
      { service: 'mail', count: 2 },
      { service: 'reports', count: 2 },
    ])
  })

  it.each([
    ['are valid', 13.8, 'a:1'],
    ['are nobody', 13.9, ''],
  ])(
    '%s for a thread (K1) when the main thread has been blocked until %d s after it was told them',
    async (_, blockedFor, seen) => {
      const { clock, store, instance } = world()
      const a = instance('a', ['mail'])
      a.memberships.join(store)
      // The last heartbeat is sent at 10 s, and is valid for 0.99 of 15 s.
      await clock.advance(11 * SECOND)
      // Time passes, and nothing of the main thread runs.
      const blocked = clock.stall(blockedFor * SECOND)
      expect(a.see('mail')).toBe(seen)
      await blocked
    },
  )

  it('are nobody for a thread (K2) that has not read the message about a newer list', async () => {
    const { clock, store, instance } = world()
    const [a, b] = [instance('a', ['mail']), instance('b', ['mail'])]
    a.memberships.join(store)
    await clock.advance(11 * SECOND)
    a.keepBusy()
    expect(a.see('mail')).toBe('a:1')
    b.memberships.join(store)
    await clock.advance(11 * SECOND)
    expect(a.see('mail')).toBe('')
    a.goOn()
    expect(a.see('mail')).toBe('a:1 b:1')
  })

  it('are nobody from the moment the instance leaves, and without a share from the moment it drains', async () => {
    const { clock, store, instance } = world()
    const a = instance('a', ['mail', 'reports'])
    a.memberships.join(store)
    await clock.advance(11 * SECOND)
    a.memberships.drain()
    expect([a.see('mail'), a.see('reports')]).toEqual(['a:0', 'a:0'])
    a.keepBusy()
    await a.memberships.leave()
    expect([a.see('mail'), a.see('reports')]).toEqual(['', ''])
  })

  it('are this instance alone, for ever, without other instances', async () => {
    const { clock, instance } = world()
    const a = instance('a', ['mail'])
    a.memberships.joinAlone()
    await clock.advance(3_600 * SECOND)
    expect(a.see('mail')).toBe('a:1')
  })
})
