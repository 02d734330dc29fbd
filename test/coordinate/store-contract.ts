/** What every store keeps to, whatever it is made of. */
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CoordinationStore, LeaseAnswer } from '../../src/coordinate/ports.js'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { systemClock } from '../../src/kernel/clock.js'
import { countTogether } from './count-together.js'
import { until } from './until.js'

export interface Backend {
  readonly url: () => string
  /** The shortest ttl that makes sense with it, in milliseconds. It may keep things for a few times as long. */
  readonly shortTtl: number
  /** Whether other processes see what is in it. */
  readonly isShared: boolean
}

const NAMESPACE = 'contract'
const LONG = 60_000

/** For requests nobody gives up. */
export const patient = new AbortController().signal
setMaxListeners(0, patient)

/** Another store, as another instance would open it; closed at the end of the test. Trouble fails the test. */
export async function openForTest(
  url: string,
  { namespace = NAMESPACE, acceptEviction = false } = {},
): Promise<CoordinationStore> {
  const troubles: Error[] = []
  const onError = (error: Error) => troubles.push(error)
  const store = await openStore({ url, namespace, acceptEviction, onError }, systemClock())
  onTestFinished(async () => {
    await store.close()
    expect(troubles).toEqual([])
  })
  return store
}

export function epochOf(answer: LeaseAnswer): bigint {
  expect(answer.kind).toBe('granted')
  return answer.epoch
}

export function storeContract({ url, shortTtl, isShared }: Backend): void {
  const open = (options?: { namespace?: string }) => openForTest(url(), options)
  const acquire = (store: CoordinationStore, lease: string, holder: string, ttl = LONG) =>
    store.acquire(lease, holder, ttl, patient)
  const acquireWhenFree = (store: CoordinationStore, lease: string, holder: string, ttl = LONG) =>
    until(
      () => acquire(store, lease, holder, ttl),
      ({ kind }) => kind === 'granted',
    )

  describe('a lease', () => {
    it('a lease is granted to one holder, and the other is told which', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      const epoch = epochOf(await acquire(one, lease, 'one'))
      expect(await acquire(other, lease, 'other')).toEqual({ kind: 'held', holder: 'one', epoch })
    })

    it('the holder of a lease can be read by another instance, for as long as it holds the lease', async () => {
      const [one, other] = [await open(), await open()]
      const lease = `${randomUUID()} {x}`
      expect(await other.holderOf(lease, patient)).toBeUndefined()
      const epoch = epochOf(await acquire(one, lease, 'one of two'))
      expect(await other.holderOf(lease, patient)).toBe('one of two')
      expect(await other.holderOf(`${lease}-other`, patient)).toBeUndefined()
      await one.release(lease, 'one of two', epoch, patient)
      expect(await other.holderOf(lease, patient)).toBeUndefined()
    })

    it('a lease that has expired has no holder, and reading that grants the lease to nobody', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      epochOf(await acquire(one, lease, 'one', shortTtl))
      await until(
        () => other.holderOf(lease, patient),
        (holder) => holder === undefined,
      )
      expect((await acquire(other, lease, 'other')).kind).toBe('granted')
    })

    it('a lease is held for its own holder too', async () => {
      const store = await open()
      const lease = randomUUID()
      const epoch = epochOf(await acquire(store, lease, 'one'))
      expect(await acquire(store, lease, 'one')).toEqual({ kind: 'held', holder: 'one', epoch })
    })

    it('a lease does not hinder a lease of another name', async () => {
      const store = await open()
      const lease = randomUUID()
      epochOf(await acquire(store, lease, 'one'))
      expect(await acquire(store, `${lease}-other`, 'other')).toMatchObject({ kind: 'granted' })
    })

    it('a lease may have any name', async () => {
      const store = await open()
      const lease = `${randomUUID()} jobs/{x}:"quoted" 'and' ümläut\n%s $1 *`
      const epoch = epochOf(await acquire(store, lease, 'one'))
      expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
      expect(await store.release(lease, 'one', epoch, patient)).toBe(true)
    })

    it('a lease does not hinder one of the same name in another namespace', async () => {
      const [one, other] = [await open(), await open({ namespace: 'contract-other' })]
      const lease = randomUUID()
      epochOf(await acquire(one, lease, 'one'))
      expect(await acquire(other, lease, 'other')).toMatchObject({ kind: 'granted' })
    })

    it('a lease goes to exactly one of eight who ask at once', async () => {
      const stores = [await open(), await open(), await open(), await open()]
      const lease = randomUUID()
      const asked = [...stores, ...stores].map((store, at) => acquire(store, lease, `holder-${at}`))
      const answers = await Promise.all(asked)
      const granted = answers.filter(({ kind }) => kind === 'granted')
      expect(granted).toHaveLength(1)
      expect(new Set(answers.map(({ epoch }) => epoch)).size).toBe(1)
    })

    it('a lease is free once given back, under a higher epoch', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      const epoch = epochOf(await acquire(one, lease, 'one'))
      expect(await one.release(lease, 'one', epoch, patient)).toBe(true)
      expect(epochOf(await acquire(other, lease, 'other'))).toBeGreaterThan(epoch)
    })

    it('a lease is granted under an epoch above the highest that its candidate has seen', async () => {
      const store = await open()
      const lease = randomUUID()
      const above = BigInt(Date.now()) + 3_600_000n
      expect(await store.acquire(lease, 'one', LONG, patient, above)).toEqual({ kind: 'granted', epoch: above + 1n })
      await store.release(lease, 'one', above + 1n, patient)
      expect(epochOf(await acquire(store, lease, 'other'))).toBeGreaterThan(above + 1n)
    })

    it('a check of a store with its usual settings and records finds nothing wrong', async () => {
      const store = await open()
      await acquire(store, randomUUID(), 'one')
      expect(await store.check(patient)).toEqual([])
    })

    it('a lease is free once it has expired, under a higher epoch, and not before', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      const askedAt = performance.now()
      const epoch = epochOf(await acquire(one, lease, 'one', shortTtl))
      expect(epochOf(await acquireWhenFree(other, lease, 'other'))).toBeGreaterThan(epoch)
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(shortTtl)
    })

    it('a lease lasts as long as it is renewed', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      const ttl = 3_000
      const epoch = epochOf(await acquire(one, lease, 'one', ttl))
      const end = performance.now() + 1.5 * ttl
      const answers = new Set<string>()
      while (performance.now() < end) {
        answers.add(String(await one.renew(lease, 'one', epoch, ttl, patient)))
        answers.add((await acquire(other, lease, 'other')).kind)
        await sleep(20)
      }
      expect([...answers]).toEqual(['true', 'held'])
    })

    it('a lease is renewed and given back by nobody but its holder, under its epoch', async () => {
      const store = await open()
      const lease = randomUUID()
      const epoch = epochOf(await acquire(store, lease, 'one'))
      expect(await store.renew(lease, 'stranger', epoch, LONG, patient)).toBe(false)
      expect(await store.release(lease, 'stranger', epoch, patient)).toBe(false)
      expect(await store.renew(lease, 'one', epoch - 1n, LONG, patient)).toBe(false)
      expect(await store.release(lease, 'one', epoch - 1n, patient)).toBe(false)
      expect(await store.renew(`${lease}-other`, 'one', epoch, LONG, patient)).toBe(false)
      expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
    })

    it('a lease is out of the reach of its former holder once another has it', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      const epoch = epochOf(await acquire(one, lease, 'one', shortTtl))
      epochOf(await acquireWhenFree(other, lease, 'other'))
      expect(await one.renew(lease, 'one', epoch, LONG, patient)).toBe(false)
      expect(await one.release(lease, 'one', epoch, patient)).toBe(false)
      expect(await acquire(one, lease, 'one')).toMatchObject({ kind: 'held', holder: 'other' })
    })

    it('a lease is out of the reach of its former holder even when the same holder has it again', async () => {
      const store = await open()
      const lease = randomUUID()
      const before = epochOf(await acquire(store, lease, 'one'))
      await store.release(lease, 'one', before, patient)
      const epoch = epochOf(await acquire(store, lease, 'one'))
      expect(await store.renew(lease, 'one', before, LONG, patient)).toBe(false)
      expect(await store.release(lease, 'one', before, patient)).toBe(false)
      expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(true)
    })

    it('a lease cannot be renewed once it has expired, though nobody has taken it', async () => {
      const store = await open()
      const lease = randomUUID()
      const epoch = epochOf(await acquire(store, lease, 'one', shortTtl))
      const later = `${lease}-later`
      epochOf(await acquire(store, later, 'one', shortTtl + 1_000))
      await acquireWhenFree(store, later, 'other')
      expect(await store.renew(lease, 'one', epoch, LONG, patient)).toBe(false)
      expect(await store.release(lease, 'one', epoch, patient)).toBe(false)
    })

    it('a lease never sees an epoch again, over 200 that are given back and some that expire', async () => {
      const [one, other] = [await open(), await open()]
      const lease = randomUUID()
      let last = 0n
      for (let round = 0; round < 200; round++) {
        const [store, holder] = round % 2 ? [one, 'one'] : [other, 'other']
        const isToExpire = round % 100 === 50
        const epoch = epochOf(await acquireWhenFree(store, lease, holder, isToExpire ? shortTtl : LONG))
        if (epoch <= last) expect(epoch).toBeGreaterThan(last)
        if (!isToExpire) await store.release(lease, holder, epoch, patient)
        last = epoch
      }
      expect(last).toBeGreaterThan(0n)
    })

    it('a lease that is given back is heard of by those who watch, until they stop', async () => {
      const [one, other] = [await open(), await open()]
      const heard: string[] = []
      const heardToo: string[] = []
      const stop = await other.watch((lease) => heard.push(lease))
      await other.watch((lease) => heardToo.push(lease))
      const lease = randomUUID()
      await one.release(lease, 'one', epochOf(await acquire(one, lease, 'one')), patient)
      await until(
        () => heard.includes(lease) && heardToo.includes(lease),
        (isHeard) => isHeard,
      )
      stop()
      const next = randomUUID()
      await one.release(next, 'one', epochOf(await acquire(one, next, 'one')), patient)
      await until(
        () => heardToo.includes(next),
        (isHeard) => isHeard,
      )
      expect(heard).toEqual([lease])
    })

    it('a lease is not asked for when the signal has aborted before', async () => {
      const store = await open()
      const lease = randomUUID()
      const reason = new Error('given up')
      await expect(store.acquire(lease, 'one', LONG, AbortSignal.abort(reason))).rejects.toBe(reason)
      expect(await acquire(store, lease, 'other')).toMatchObject({ kind: 'granted' })
    })

    it('a lease keeps processes from counting over each other', { timeout: 120_000 }, async () => {
      const contest = { url: url(), namespace: NAMESPACE, lease: randomUUID(), isGuarded: true }
      const { counted, expected } = await countTogether(contest, { isShared, open })
      expect(counted).toBe(expected)
    })

    it('a lease is what keeps them from it', { timeout: 120_000 }, async () => {
      const contest = { url: url(), namespace: NAMESPACE, lease: randomUUID(), isGuarded: false }
      const { counted, expected } = await countTogether(contest, { isShared, open })
      expect(counted).toBeLessThan(expected)
    })
  })

  describe('a claim', () => {
    it('a claim is made by exactly one of eight who ask at once', async () => {
      const stores = [await open(), await open(), await open(), await open()]
      const tick = randomUUID()
      const claims = await Promise.all(
        [...stores, ...stores].map((store, at) => store.claim(tick, `holder-${at}`, LONG, patient)),
      )
      expect(claims.filter(Boolean)).toHaveLength(1)
    })

    it('a claim is answered the same way as often as it is made', async () => {
      const [one, other] = [await open(), await open()]
      const tick = randomUUID()
      expect(await one.claim(tick, 'one', LONG, patient)).toBe(true)
      expect(await other.claim(tick, 'other', LONG, patient)).toBe(false)
      expect(await other.claim(tick, 'one', LONG, patient)).toBe(true)
      expect(await one.claim(tick, 'other', LONG, patient)).toBe(false)
    })

    it('a claim does not hinder another tick, nor another namespace, nor a lease of the same name', async () => {
      const [one, other] = [await open(), await open({ namespace: 'contract-other' })]
      const tick = randomUUID()
      await one.claim(tick, 'one', LONG, patient)
      expect(await one.claim(`${tick}-other`, 'other', LONG, patient)).toBe(true)
      expect(await other.claim(tick, 'other', LONG, patient)).toBe(true)
      expect(await acquire(one, tick, 'other')).toMatchObject({ kind: 'granted' })
    })

    it('a claim is kept for as long as was asked, and is free after that', async () => {
      const [one, other] = [await open(), await open()]
      const tick = randomUUID()
      const askedAt = performance.now()
      await one.claim(tick, 'one', shortTtl, patient)
      await until(
        () => other.claim(tick, 'other', LONG, patient),
        (isClaimed) => isClaimed,
      )
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(shortTtl)
    })

    it('a claim outlives what becomes of its holder', async () => {
      const [one, other] = [await open(), await open()]
      const tick = randomUUID()
      await one.heartbeat({ id: 'one', weight: 1 }, LONG, patient)
      await one.claim(tick, 'one', LONG, patient)
      const epoch = epochOf(await acquire(one, tick, 'one'))
      await one.release(tick, 'one', epoch, patient)
      await one.leave('one', patient)
      await one.close()
      expect(await other.claim(tick, 'other', LONG, patient)).toBe(false)
    })
  })

  describe('members', () => {
    it('members are told of each other, sorted, with their weights', async () => {
      const namespace = `contract-${randomUUID().slice(0, 8)}`
      const stores = [await open({ namespace }), await open({ namespace }), await open({ namespace })]
      await stores[0]!.heartbeat({ id: 'ä', weight: 1 }, LONG, patient)
      await stores[1]!.heartbeat({ id: 'b', weight: 0.25 }, LONG, patient)
      expect(await stores[2]!.heartbeat({ id: 'B', weight: 3 }, LONG, patient)).toEqual([
        { id: 'B', weight: 3 },
        { id: 'b', weight: 0.25 },
        { id: 'ä', weight: 1 },
      ])
      const [, drained] = await stores[0]!.heartbeat({ id: 'b', weight: 0 }, LONG, patient)
      expect(drained).toEqual({ id: 'b', weight: 0 })
    })

    it('members are gone at once when they leave, and may come back', async () => {
      const namespace = `contract-${randomUUID().slice(0, 8)}`
      const [one, other] = [await open({ namespace }), await open({ namespace })]
      await one.heartbeat({ id: 'one', weight: 1 }, LONG, patient)
      expect(await other.heartbeat({ id: 'other', weight: 1 }, LONG, patient)).toHaveLength(2)
      await one.leave('one', patient)
      expect(await other.heartbeat({ id: 'other', weight: 1 }, LONG, patient)).toEqual([{ id: 'other', weight: 1 }])
      expect(await one.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toHaveLength(2)
    })

    it('members are gone when they have not been heard for their ttl, and not before', async () => {
      const namespace = `contract-${randomUUID().slice(0, 8)}`
      const [one, other] = [await open({ namespace }), await open({ namespace })]
      const askedAt = performance.now()
      await one.heartbeat({ id: 'one', weight: 1 }, shortTtl, patient)
      await until(
        () => other.heartbeat({ id: 'other', weight: 1 }, LONG, patient),
        (members) => members.length === 1,
      )
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(shortTtl)
      expect(await one.heartbeat({ id: 'one', weight: 1 }, LONG, patient)).toHaveLength(2)
    })

    it('members of other namespaces are not seen', async () => {
      const namespace = `contract-${randomUUID().slice(0, 8)}`
      const [one, other] = [await open({ namespace }), await open({ namespace: `${namespace}-other` })]
      await one.heartbeat({ id: 'one', weight: 1 }, LONG, patient)
      expect(await other.heartbeat({ id: 'other', weight: 1 }, LONG, patient)).toEqual([{ id: 'other', weight: 1 }])
    })
  })

  describe('what a store tells of itself', () => {
    it('is its clock, unless that is the clock of this process', async () => {
      const store = await open()
      const before = Date.now()
      const reading = await store.readClock(patient)
      const after = Date.now()
      if (!isShared) return expect(reading).toBeUndefined()
      // The server runs on this machine.
      expect(reading!.at).toBeLessThanOrEqual(after + 1)
      expect(reading!.at + reading!.resolution).toBeGreaterThanOrEqual(before - 1)
    })

    it('is that nothing is wrong, on a server that is set up as it should be', async () => {
      expect(await (await open()).check(patient)).toEqual([])
    })
  })
}
