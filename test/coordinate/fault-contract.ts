/** What every store on a server keeps to when the server does not. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CoordinationStore } from '../../src/coordinate/ports.js'
import type { TestServer } from '../support/servers/server-process.js'
import { epochOf, openForTest, patient } from './store-contract.js'
import { openTroubled } from './troubled.js'
import { until } from './until.js'

interface Faulty {
  readonly server: () => TestServer
  readonly shortTtl: number
}

const LONG = 60_000

/** How long callers wait for an answer, in milliseconds. */
const PATIENCE = 300
/** A deadline that only a request which hangs exceeds. */
const HANGS = 15_000

type Request = (store: CoordinationStore, signal: AbortSignal) => Promise<unknown>

const REQUESTS: readonly (readonly [string, Request])[] = [
  ['acquire', (store, signal) => store.acquire('fault', 'late', LONG, signal)],
  ['renew', (store, signal) => store.renew('fault', 'late', 1n, LONG, signal)],
  ['release', (store, signal) => store.release('fault', 'late', 1n, signal)],
  ['claim', (store, signal) => store.claim('fault', 'late', LONG, signal)],
  ['heartbeat', (store, signal) => store.heartbeat({ id: 'late', weight: 1 }, LONG, signal)],
  ['leave', (store, signal) => store.leave('late', signal)],
]

export function faultContract({ server, shortTtl }: Faulty): void {
  /** In touch with the server, so that nothing has to be set up any more. */
  const openWarm = async () => {
    const opened = await openTroubled(server().url)
    await opened.store.claim(randomUUID(), 'warm', LONG, patient)
    return opened
  }
  const pause = async () => {
    await server().pause()
    onTestFinished(() => server().resume())
  }
  /** Rejects with what the request was rejected with; the test fails when it takes long. */
  const giveUp = async (request: (signal: AbortSignal) => Promise<unknown>) => {
    const reason = new Error('given up')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), PATIENCE)
    const askedAt = performance.now()
    await expect(request(controller.signal)).rejects.toBe(reason)
    expect(performance.now() - askedAt).toBeLessThan(PATIENCE + HANGS)
  }

  describe('when the server is started again', () => {
    it('when the server is started again, leases, claims and epochs are as they were', async () => {
      const { store } = await openWarm()
      const [lease, given, tick] = [randomUUID(), randomUUID(), randomUUID()]
      const epoch = epochOf(await store.acquire(lease, 'one', LONG, patient))
      const before = epochOf(await store.acquire(given, 'one', LONG, patient))
      await store.release(given, 'one', before, patient)
      await store.claim(tick, 'one', LONG, patient)
      await server().restart()
      const isRenewed = await until(
        () => store.renew(lease, 'one', epoch, LONG, patient).catch(() => undefined),
        (answer) => answer !== undefined,
      )
      expect(isRenewed).toBe(true)
      expect(await store.acquire(lease, 'other', LONG, patient)).toEqual({ kind: 'held', holder: 'one', epoch })
      expect(await store.claim(tick, 'other', LONG, patient)).toBe(false)
      expect(epochOf(await store.acquire(given, 'other', LONG, patient))).toBeGreaterThan(before)
    })

    it('when the server is started again, releases are heard of again', async () => {
      const { store } = await openWarm()
      const heard: string[] = []
      await store.watch((lease) => heard.push(lease))
      await server().restart()
      const one = await openForTest(server().url, { namespace: 'troubled' })
      await until(
        async () => {
          const lease = randomUUID()
          const answer = await one.acquire(lease, 'one', LONG, patient)
          await one.release(lease, 'one', answer.epoch, patient)
          return heard.length
        },
        (count) => count > 0,
      )
      expect(heard.length).toBeGreaterThan(0)
    })
  })

  describe('when the server has lost all its data', () => {
    it('no epoch goes backwards after the server has lost all its data, for a process that has seen the epochs or not', async () => {
      const { store } = await openWarm()
      const [lease, other] = [randomUUID(), randomUUID()]
      const before = epochOf(await store.acquire(lease, 'one', LONG, patient))
      const highest = epochOf(await store.acquire(other, 'one', LONG, patient, before + 3_600_000n))
      await server().restartEmpty()
      const isRenewed = await until(
        () => store.renew(lease, 'one', before, LONG, patient).catch(() => undefined),
        (answer) => answer !== undefined,
      )
      expect(isRenewed).toBe(false)
      const { store: fresh } = await openWarm()
      expect(epochOf(await fresh.acquire(lease, 'two', LONG, patient))).toBeGreaterThan(before)
      expect(epochOf(await store.acquire(other, 'one', LONG, patient, highest))).toBeGreaterThan(highest)
    })
  })

  describe('while the server is down', () => {
    it('while the server is down, requests fail, and none of them reaches it when it is back', async () => {
      const { store } = await openWarm()
      const lease = randomUUID()
      await server().shutDown()
      onTestFinished(() => server().restart())
      for (const [name, request] of REQUESTS) {
        const askedAt = performance.now()
        await expect(request(store, patient), name).rejects.toThrow()
        expect(performance.now() - askedAt, name).toBeLessThan(HANGS)
      }
      // These would be waiting in a queue, if there were one, when the server comes back.
      await expect(store.acquire(lease, 'late', LONG, AbortSignal.timeout(1))).rejects.toThrow()
      await expect(store.claim(lease, 'late', LONG, AbortSignal.timeout(1))).rejects.toThrow()
      await server().restart()
      await until(
        () => store.claim(randomUUID(), 'one', LONG, patient).catch(() => false),
        (isBack) => isBack,
      )
      expect(await store.acquire(lease, 'other', LONG, patient)).toMatchObject({ kind: 'granted' })
      expect(await store.claim(lease, 'other', LONG, patient)).toBe(true)
    })

    it('while the server is down, a store can be opened, and works once the server is up', async () => {
      await server().shutDown()
      onTestFinished(() => server().restart())
      const { store } = await openTroubled(server().url)
      await expect(store.claim(randomUUID(), 'one', LONG, patient)).rejects.toThrow()
      await server().restart()
      const isClaimed = await until(
        () => store.claim(randomUUID(), 'one', LONG, patient).catch(() => false),
        (isBack) => isBack,
      )
      expect(isClaimed).toBe(true)
    })
  })

  describe('while the server is frozen', () => {
    it.each(REQUESTS)(
      'while the server is frozen, %s rejects as soon as its caller gives up',
      async (_name, request) => {
        const { store } = await openWarm()
        await pause()
        await giveUp((signal) => request(store, signal))
      },
    )

    it('while the server is frozen, a store that has just been opened rejects as soon as its caller gives up, and can be closed', async () => {
      await pause()
      const { store } = await openTroubled(server().url)
      await giveUp((signal) => store.acquire('fault', 'late', LONG, signal))
      await store.close()
    })

    it('while the server is frozen, a lease asked for in vain is not lost: its holder finds it and gives it back, else it expires', async () => {
      const [{ store: late }, { store: other }] = [await openWarm(), await openWarm()]
      const [found, forgotten] = [randomUUID(), randomUUID()]
      await pause()
      await giveUp((signal) => late.acquire(found, 'late', LONG, signal))
      await giveUp((signal) => late.acquire(forgotten, 'late', shortTtl, signal))
      await server().resume()
      // What the elector does: it asks again, and gives back what it finds to be its own.
      const answer = await until(
        () => late.acquire(found, 'late', LONG, patient).catch(() => undefined),
        (answer) => answer !== undefined,
      )
      expect(answer).toMatchObject(answer?.kind === 'held' ? { holder: 'late' } : { kind: 'granted' })
      expect(await late.release(found, 'late', answer!.epoch, patient)).toBe(true)
      const taken = [found, forgotten].map((lease) =>
        until(
          () => other.acquire(lease, 'other', LONG, patient).catch(() => undefined),
          (answer) => answer?.kind === 'granted',
        ),
      )
      for (const { epoch } of (await Promise.all(taken)) as { epoch: bigint }[]) expect(epoch).toBeGreaterThan(0n)
    })

    it('while the server is frozen, a late renewal or release does not affect the next holder', async () => {
      const [{ store: late }, { store: other }] = [await openWarm(), await openWarm()]
      const lease = randomUUID()
      const epoch = epochOf(await late.acquire(lease, 'late', shortTtl, patient))
      await pause()
      await giveUp((signal) => late.renew(lease, 'late', epoch, shortTtl, signal))
      await giveUp((signal) => late.release(lease, 'late', epoch, signal))
      await server().resume()
      const taken = await until(
        () => other.acquire(lease, 'other', LONG, patient).catch(() => undefined),
        (answer) => answer?.kind === 'granted',
      )
      expect(taken!.epoch).toBeGreaterThan(epoch)
      expect(
        await until(
          () => late.renew(lease, 'late', epoch, LONG, patient).catch(() => undefined),
          (answer) => answer !== undefined,
        ),
      ).toBe(false)
      expect(await other.renew(lease, 'other', taken!.epoch, LONG, patient)).toBe(true)
    })

    it('while the server is frozen, a tick claimed in vain is told to nobody twice', async () => {
      const [{ store: late }, { store: other }] = [await openWarm(), await openWarm()]
      const ticks = Array.from({ length: 5 }, () => randomUUID())
      await pause()
      await Promise.all(ticks.map((tick) => giveUp((signal) => late.claim(tick, 'late', LONG, signal))))
      await server().resume()
      for (const tick of ticks) {
        const isOthers = await until(
          () => other.claim(tick, 'other', LONG, patient).catch(() => undefined),
          (answer) => answer !== undefined,
        )
        const isLate = await until(
          () => late.claim(tick, 'late', LONG, patient).catch(() => undefined),
          (answer) => answer !== undefined,
        )
        expect([isOthers, isLate].filter(Boolean)).toHaveLength(1)
      }
    })
  })
}
