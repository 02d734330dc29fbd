import { describe, expect, it } from 'vitest'
import type { LeaseAnswer, StoreProblem } from '../../src/coordinate/ports.js'
import { StoreGuard } from '../../src/coordinate/store-guard.js'
import { StoreUnfitError } from '../../src/coordinate/store-unfit.js'
import { LocalStore } from '../../src/coordinate/stores/local-store.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { candidate, SECOND } from './scripted-elector.js'
import { patient } from './store-contract.js'

const EVICTION: StoreProblem = { code: 'eviction', message: 'the server may evict keys', forbidsLeading: true }
const HINT: StoreProblem = { code: 'channel', message: 'releases are not announced', forbidsLeading: false }
const PERIOD = 2 * SECOND

/** A local store whose checks and grants go as the test says. */
class ScriptedChecks extends LocalStore {
  problems: readonly StoreProblem[] = []
  checks = 0
  failure: Error | undefined
  nextAnswer: LeaseAnswer | undefined
  above: bigint | undefined

  override async check(): Promise<readonly StoreProblem[]> {
    this.checks += 1
    if (this.failure) throw this.failure
    return this.problems
  }

  override async acquire(...request: Parameters<LocalStore['acquire']>): Promise<LeaseAnswer> {
    this.above = request[4]
    const answer = this.nextAnswer ?? (await super.acquire(...request))
    this.nextAnswer = undefined
    return answer
  }
}

function guarded() {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const store = new ScriptedChecks(clock)
  const reported: string[][] = []
  const guard = new StoreGuard({
    store,
    clock,
    period: PERIOD,
    onProblems: (problems) => reported.push(problems.map(({ code }) => code)),
  })
  return { clock, store, guard, reported }
}

describe('a guarded store', () => {
  it('G1: a guarded store grants, claims and counts nothing while a problem forbids it, and says why', async () => {
    const { clock, store, guard } = guarded()
    const held = await guard.acquire('held', 'one', 60_000, patient)
    store.problems = [HINT, EVICTION]
    await clock.advance(PERIOD)
    const refusals = [
      () => guard.acquire('other', 'one', 60_000, patient),
      () => guard.renew('held', 'one', held.epoch, 60_000, patient),
      () => guard.claim('tick', 'one', 60_000, patient),
      () => guard.heartbeat({ id: 'one', weight: 1 }, 60_000, patient),
      () => guard.values.get('space/a', patient),
      () => guard.values.list('space/', patient),
      () => guard.values.put('space/a', 'x', {}, patient),
      () => guard.values.delete('space/a', {}, patient),
    ]
    for (const refused of refusals) {
      await expect(refused()).rejects.toThrow(StoreUnfitError)
      await expect(refused()).rejects.toThrow('the server may evict keys')
    }
    store.problems = [HINT]
    await clock.advance(PERIOD)
    expect(await guard.acquire('other', 'one', 60_000, patient)).toMatchObject({ kind: 'granted' })
    expect(await guard.renew('held', 'one', held.epoch, 60_000, patient)).toBe(true)
    expect(await guard.claim('tick', 'one', 60_000, patient)).toBe(true)
  })

  it('G1: a guarded store passes on that the store does not answer a check, and grants nothing', async () => {
    const { store, guard } = guarded()
    store.failure = new Error('connection refused')
    await expect(guard.acquire('a', 'one', 60_000, patient)).rejects.toThrow('connection refused')
    store.failure = undefined
    expect(await store.acquire('a', 'other', 60_000, patient)).toMatchObject({ kind: 'granted' })
  })

  it('G1: a guarded store says that a lease is lost even while a problem forbids renewals', async () => {
    const { store, guard } = guarded()
    store.problems = [EVICTION]
    expect(await guard.renew('a', 'one', 1n, 60_000, patient)).toBe(false)
  })

  it('G2: a guarded store checks once in a period, however many requests there are', async () => {
    const { clock, store, guard } = guarded()
    await Promise.all(['a', 'b', 'c'].map((lease) => guard.acquire(lease, 'one', 60_000, patient)))
    await guard.claim('tick', 'one', 60_000, patient)
    expect(store.checks).toBe(1)
    await clock.advance(PERIOD)
    await guard.claim('tick', 'one', 60_000, patient)
    expect(store.checks).toBe(2)
  })

  it('G3: a guarded store asks for an epoch above the highest that it has seen, also in the hands of others', async () => {
    const { guard, store } = guarded()
    store.nextAnswer = { kind: 'held', holder: 'other', epoch: 1n << 60n }
    await guard.acquire('a', 'one', 60_000, patient)
    expect(await guard.acquire('a', 'one', 60_000, patient)).toEqual({ kind: 'granted', epoch: (1n << 60n) + 1n })
    expect(store.above).toBe(1n << 60n)
  })

  it('G3: a guarded store gives back a lease that it gets under an epoch that it has seen, and says so until that has ended', async () => {
    const { guard, store, reported } = guarded()
    const first = await guard.acquire('a', 'one', 60_000, patient)
    await guard.release('a', 'one', first.epoch, patient)
    for (const epoch of [first.epoch, 3n]) {
      store.nextAnswer = { kind: 'granted', epoch }
      await expect(guard.acquire('a', 'one', 60_000, patient)).rejects.toThrow(`under the fencing token ${epoch}, but`)
    }
    expect(reported.at(-1)).toEqual(['epoch'])
    expect((await guard.acquire('a', 'one', 60_000, patient)).epoch).toBeGreaterThan(first.epoch)
    expect(reported.at(-1)).toEqual([])
  })

  it('G3: a guarded store reports that another instance leads under an epoch that goes backwards', async () => {
    const { guard, store, reported } = guarded()
    store.nextAnswer = { kind: 'held', holder: 'other', epoch: 203n }
    await guard.acquire('a', 'one', 60_000, patient)
    store.nextAnswer = { kind: 'held', holder: 'other', epoch: 3n }
    await guard.acquire('a', 'one', 60_000, patient)
    expect(reported).toEqual([['epoch']])
  })

  it('G4: a guarded store releases and leaves while a problem forbids everything else', async () => {
    const { clock, store, guard } = guarded()
    const { epoch } = await guard.acquire('a', 'one', 60_000, patient)
    store.problems = [EVICTION]
    await clock.advance(PERIOD)
    expect(await guard.release('a', 'one', epoch, patient)).toBe(true)
    await guard.leave('one', patient)
  })

  it('G5: a guarded store reports problems when they change', async () => {
    const { clock, store, guard, reported } = guarded()
    for (const problems of [[], [HINT], [HINT], [HINT, EVICTION], []]) {
      store.problems = problems
      await guard.claim('tick', 'one', 60_000, patient).catch(() => {})
      await clock.advance(PERIOD)
    }
    expect(reported).toEqual([['channel'], ['channel', 'eviction'], []])
  })
})

describe('a leader whose store can no longer be trusted', () => {
  it('a leader whose store can no longer be trusted stops at once, without waiting for the renewal deadline', async () => {
    const { clock, store, heard, start } = candidate()
    await start()
    store.always('renew', async () => {
      throw new StoreUnfitError('the server may evict keys')
    })
    await clock.advance(2 * SECOND)
    expect(heard).toContain('losing unconfirmed, valid, at 2')
    expect(store.times('renew')).toEqual([2])
    await clock.advance(1.1 * SECOND)
    expect(heard).toContain('lost unconfirmed, not valid, at 3')
  })
})
