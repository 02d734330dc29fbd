import { describe, expect, it } from 'vitest'
import { Claims, claimRetention, tickKey } from '../../src/coordinate/claims.js'
import type { ClaimStore } from '../../src/coordinate/ports.js'
import { StoreUnfitError } from '../../src/coordinate/store-unfit.js'
import type { Millis } from '../../src/kernel/time.js'
import type { ClaimResult } from '../../src/kernel/vocabulary.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000
const DUE = Date.UTC(2026, 2, 29, 1, 30)

class MemoryClaimStore implements ClaimStore {
  readonly requests: { tick: string; holder: string; keep: Millis }[] = []
  readonly #claims = new Map<string, string>()

  async claim(tick: string, holder: string, keep: Millis): Promise<boolean> {
    this.requests.push({ tick, holder, keep })
    if (!this.#claims.has(tick)) this.#claims.set(tick, holder)
    return this.#claims.get(tick) === holder
  }
}

function claimant(store: ClaimStore, clock = new VirtualClock(), { holder = 'me', random = 0 } = {}) {
  const results: ClaimResult[] = []
  const errors: unknown[] = []
  const onResult = (_entrypoint: string, result: ClaimResult, error?: unknown) => {
    results.push(result)
    if (error) errors.push(error)
  }
  return { clock, results, errors, claims: new Claims({ store, holder, clock, random: () => random, onResult }) }
}

/** The store carries a claim out at once, and answers after a while. */
function slowStore(clock: VirtualClock, span: number) {
  const store = new MemoryClaimStore()
  const signals: AbortSignal[] = []
  const slow: ClaimStore = {
    async claim(tick, holder, keep, signal) {
      signals.push(signal)
      const isOurs = await store.claim(tick, holder, keep)
      await clock.sleep(span)
      return isOurs
    },
  }
  return { store, slow, signals }
}

/** Lets time pass in steps that are shorter than the waits between two requests. */
async function passTime(clock: VirtualClock, span: number): Promise<void> {
  for (let passed = 0; passed < span; passed += 5_000) await clock.advance(5_000)
}

describe('the claim of a tick', () => {
  it('the claim of a tick is made by one of many', async () => {
    const store = new MemoryClaimStore()
    const all = Array.from({ length: 8 }, (_, index) => claimant(store, undefined, { holder: `holder-${index}` }))
    const results = await Promise.all(all.map(({ claims }) => claims.claim('reports.nightly', DUE, 60 * SECOND)))
    expect(results.toSorted()).toEqual(['claimed', ...Array.from({ length: 7 }, () => 'claimed_elsewhere')])
    expect(all.flatMap(({ results }) => results)).toEqual(results)
  })

  it('the claim of a tick has the same answer for who asks again', async () => {
    const { claims } = claimant(new MemoryClaimStore())
    expect(await claims.claim('reports.nightly', DUE, 60 * SECOND)).toBe('claimed')
    expect(await claims.claim('reports.nightly', DUE, 60 * SECOND)).toBe('claimed')
  })

  it('the claim of a tick is for one tick of one entrypoint', async () => {
    const store = new MemoryClaimStore()
    await claimant(store).claims.claim('reports.nightly', DUE, 60 * SECOND)
    const { claims } = claimant(store, undefined, { holder: 'other' })
    expect(await claims.claim('reports.nightly', DUE + 60_000, 60 * SECOND)).toBe('claimed')
    expect(await claims.claim('reports.hourly', DUE, 60 * SECOND)).toBe('claimed')
    expect(await claims.claim('reports.nightly', DUE, 60 * SECOND)).toBe('claimed_elsewhere')
  })

  it('the claim of a tick is named by the due moment, to the millisecond, and kept for two periods', async () => {
    const store = new MemoryClaimStore()
    await claimant(store).claims.claim('reports.nightly', DUE, 3_600 * SECOND)
    expect(store.requests).toEqual([
      { tick: 'reports.nightly@2026-03-29T01:30:00.000Z', holder: 'me', keep: 7_200_000 },
    ])
    expect(tickKey('a.b', DUE + 0.3)).toBe(tickKey('a.b', DUE - 0.3))
  })

  it.each([
    [100_000, 60_000],
    [30 * SECOND, 60_000],
    [30.0001 * SECOND, 60_001],
    [86_400 * SECOND, 172_800_000],
    [Number.POSITIVE_INFINITY, 800 * 86_400_000],
  ])('the claim of a tick is kept for a minute at least: a period of %d µs for %d ms', (period, keep) => {
    expect(claimRetention(period)).toBe(keep)
  })

  it.each([
    ['claim_unknown', 'cannot tell', new Error('connection reset')],
    [
      'claim_refused',
      'refuses',
      Object.assign(new Error('could not serialize access'), { severity: 'ERROR', code: '40001' }),
    ],
    ['claim_refused', 'cannot be connected to', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['claim_refused', 'is not fit', new StoreUnfitError('the clock is ahead')],
    ['claim_refused', 'is loading', Object.assign(new Error('LOADING the dataset'), { name: 'ReplyError' })],
    ['claim_unknown', 'fails within a script', Object.assign(new Error('ERR bad value'), { name: 'ReplyError' })],
    ['claim_unknown', 'is unavailable', Object.assign(new Error('etcd'), { code: 'ERR_STORE_REFUSED', status: 503 })],
  ])('the claim of a tick is a %s (L2) when the store %s until there is no time left', async (outcome, _, problem) => {
    const { claims, results, errors, clock } = claimant({ claim: () => Promise.reject(problem) })
    const result = claims.claim('reports.nightly', DUE, 60 * SECOND)
    await passTime(clock, 2 * SECOND)
    expect(await result).toBe(outcome)
    expect(results).toEqual([outcome])
    expect(errors).toEqual([problem])
  })

  it('the claim of a tick is unknown (L2) when one of its requests may have been carried out', async () => {
    const problems = [new Error('connection reset')]
    const refusal = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const { claims, clock } = claimant({ claim: () => Promise.reject(problems.shift() ?? refusal) })
    const result = claims.claim('reports.nightly', DUE, 60 * SECOND)
    await passTime(clock, 2 * SECOND)
    expect(await result).toBe('claim_unknown')
  })

  it('the claim of a tick succeeds (L1) when the store fails at first, also when the first request was carried out', async () => {
    const store = new MemoryClaimStore()
    let failures = 3
    const { claims, results, clock } = claimant({
      async claim(tick, holder, keep) {
        const isOurs = await store.claim(tick, holder, keep)
        if (failures-- > 0) throw new Error('connection reset')
        return isOurs
      },
    })
    const result = claims.claim('reports.nightly', DUE, 60 * SECOND)
    await passTime(clock, 2 * SECOND)
    expect(await result).toBe('claimed')
    expect(results).toEqual(['claimed'])
    expect(store.requests).toHaveLength(4)
  })

  it('the claim of a tick is not given up when the store throws instead of answering', async () => {
    const { claims, clock } = claimant({
      claim() {
        throw new Error('not connected')
      },
    })
    const result = claims.claim('reports.nightly', DUE, 60 * SECOND)
    await passTime(clock, 2 * SECOND)
    expect(await result).toBe('claim_unknown')
  })

  it.each([
    ['two seconds', undefined, 2],
    ['the start deadline of the tick', 0.5 * SECOND, 0.5],
    ['two seconds, however far the start deadline is', 60 * SECOND, 2],
  ])(
    'the claim of a tick is unknown when there is no answer within %s, and stays so when it succeeds late',
    async (_, within, seconds) => {
      const clock = new VirtualClock()
      const { store, slow, signals } = slowStore(clock, 3 * SECOND)
      const { claims, results } = claimant(slow, clock)
      const result = claims.claim('reports.nightly', DUE, 60 * SECOND, within === undefined ? {} : { within })
      await clock.advance(seconds * SECOND - 1)
      expect(results).toEqual([])
      expect(signals[0]!.aborted).toBe(false)
      await clock.advance(1)
      expect(await result).toBe('claim_unknown')
      expect(signals[0]!.aborted).toBe(true)
      await clock.advance(5 * SECOND)
      expect(results).toEqual(['claim_unknown'])
      // Lost for everybody: better skipped than run twice.
      const other = claimant(store, clock, { holder: 'other' })
      expect(await other.claims.claim('reports.nightly', DUE, 60 * SECOND)).toBe('claimed_elsewhere')
    },
  )

  it('the claim of a tick is unknown when the answer came in time but was seen too late: the process was frozen', async () => {
    const clock = new VirtualClock()
    const { slow } = slowStore(clock, SECOND)
    const { claims } = claimant(slow, clock)
    const result = claims.claim('reports.nightly', DUE, 60 * SECOND)
    await clock.stall(30 * SECOND)
    expect(await result).toBe('claim_unknown')
  })

  it('the claim of a tick is not asked for when there is no time left', async () => {
    const store = new MemoryClaimStore()
    const { claims } = claimant(store)
    expect(await claims.claim('reports.nightly', DUE, 60 * SECOND, { within: 0 })).toBe('claim_unknown')
    expect(store.requests).toEqual([])
  })

  it.each([
    [100_000, 50_000],
    [60 * SECOND, 500_000],
  ])(
    'the claim of a tick is asked for after a random part of the spread, but no later than half-way: %d µs',
    async (spread, at) => {
      const store = new MemoryClaimStore()
      const { claims, clock } = claimant(store, undefined, { random: 0.5 })
      const result = claims.claim('reports.nightly', DUE, 60 * SECOND, { spread })
      await clock.advance(at - 1)
      expect(store.requests).toEqual([])
      await clock.advance(1)
      expect(await result).toBe('claimed')
    },
  )
})
