/** Whatever happens to a timer, on the real scheduler and dispatcher, has a series. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { CLAIM_RESULTS, type ClaimResult, OVERLAPS } from '../../src/kernel/vocabulary.js'
import { type Plan, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const options: fc.Arbitrary<Partial<TimerDefinition>> = fc
  .record({
    overlap: fc.constantFrom(...OVERLAPS),
    concurrency: fc.integer({ min: 1, max: 3 }),
    timeout: fc.constantFrom(undefined, 30_000),
    breaker: fc.constantFrom<TimerDefinition['breaker']>(false, {
      failures: 1,
      reset: 200_000,
      factor: 2,
      max: 1_000_000,
    }),
    attempts: fc.integer({ min: 1, max: 2 }),
    where: fc.constantFrom<Partial<TimerDefinition>>(
      { scope: 'instance' },
      { scope: 'leader', lease: 'svc' },
      { scope: 'cluster' },
    ),
    // The simulation begins on a Monday at midnight.
    window: fc.constantFrom(undefined, { days: ['mon'], fromMinute: 60, toMinute: 120, timezone: 'UTC' } as const),
    missed: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
  })
  .map(({ overlap, concurrency, timeout, breaker, attempts, where, window, missed }) => ({
    overlap,
    concurrency: overlap === 'allow' ? concurrency : 1,
    breaker,
    missed,
    retry: { attempts, backoff: { initial: 10_000, factor: 2, max: 60_000, jitter: 0 } },
    abortGrace: 10_000,
    ...where,
    ...(timeout !== undefined && { timeout }),
    ...(window && { window }),
  }))

const plan: fc.Arbitrary<Plan> = fc.record({
  takes: fc.constantFrom(5, 80, 250, Number.POSITIVE_INFINITY),
  fails: fc.boolean(),
  stopsIn: fc.constantFrom(2, 50),
})

type Step = 'advance' | 'stall' | 'down' | 'busy' | 'idle' | 'lose' | 'gain' | 'pause' | 'resume' | 'trigger'
const STEPS: readonly Step[] = [
  'advance',
  'stall',
  'down',
  'busy',
  'idle',
  'lose',
  'gain',
  'pause',
  'resume',
  'trigger',
]

async function take(step: Step, simulation: Simulation): Promise<void> {
  const timer = simulation.timers[0]!
  if (step === 'down' || step === 'busy' || step === 'idle') simulation.threads = step
  else if (step === 'pause' || step === 'resume') timer.isPaused = step === 'pause'
  else if (step === 'trigger') simulation.admission.trigger(timer)
  else if (step === 'gain') simulation.holdsLease = true
  else if (step === 'lose') {
    simulation.holdsLease = false
    void simulation.stopper.loseLease('svc')
  } else if (step === 'stall') await simulation.clock.stall(350_000)
  await simulation.advance(step === 'advance' ? 400 : 60)
}

describe('what happens to a timer', () => {
  it('what happens to a timer has a series, whatever its options', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(plan, { minLength: 1, maxLength: 5 }),
        fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }),
        fc.constantFrom<ClaimResult>(...CLAIM_RESULTS),
        async (option, plans, steps, claim) => {
          const simulation = new Simulation([timerDefinition(option)], (run) => plans[run % plans.length]!)
          simulation.claim = async () => claim
          simulation.scheduler.start()
          for (const step of steps) await take(step, simulation)
          simulation.scheduler.stop()
          void simulation.stopper.stop()
          simulation.stopper.abortAll('stopping')
          await simulation.advance(100)
          expect(simulation.imbalance).toBe(0)
          for (const reason of Object.keys(simulation.skips())) seen.add(reason)
          expect(simulation.uncataloguedCounts).toEqual([])
        },
      ),
      { numRuns: 300, seed: 1 },
    )
    // Else the test would show little.
    for (const reason of [
      'running',
      'missed',
      'superseded',
      'paused',
      'outside_window',
      'circuit_open',
      'not_leader',
    ]) {
      expect(seen).toContain(reason)
    }
  })
})
