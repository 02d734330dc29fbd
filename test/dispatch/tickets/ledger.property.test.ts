/** Whatever happens to tickets: the ledger closes, each held ticket is settled exactly once, and none begins to run without its lock. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import { QueueSimulation, queued } from '../../support/queue-simulation.js'
import type { Plan } from '../../support/simulation.js'

const options: fc.Arbitrary<Partial<TimerDefinition>> = fc
  .record({
    overlap: fc.constantFrom('skip' as const, 'wait' as const, 'allow' as const),
    concurrency: fc.integer({ min: 1, max: 3 }),
    timeout: fc.constantFrom(undefined, 60_000),
    attempts: fc.integer({ min: 1, max: 3 }),
    startDeadline: fc.constantFrom(60_000, 400_000, 5_000_000),
    missed: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
  })
  .map(({ overlap, concurrency, timeout, attempts, startDeadline, missed }) => ({
    overlap,
    concurrency: overlap === 'allow' ? concurrency : 1,
    retry: { attempts, backoff: { initial: 20_000, factor: 1, max: 20_000, jitter: 0 } },
    startDeadline,
    missed,
    ...(timeout !== undefined && { timeout }),
  }))

const plan: fc.Arbitrary<Plan> = fc.record({
  takes: fc.constantFrom(5, 80, 250, Number.POSITIVE_INFINITY),
  fails: fc.boolean(),
  crashes: fc.constantFrom(false, false, true),
  stopsIn: fc.constantFrom(2, 50),
})

const STEPS = [
  'advance',
  'stall',
  'freeze',
  'threads down',
  'threads busy',
  'threads idle',
  'threads one',
  'delay none',
  'delay long',
  'lose lease',
  'gain lease',
  'pause',
  'resume',
  'trigger',
  'burst',
  'store down',
  'store mute',
  'store up',
  'lose locks',
  'renew locks',
  'full',
  'room',
  'abort by hand',
] as const
type Step = (typeof STEPS)[number]

async function play(step: Step, test: QueueSimulation, look: () => void): Promise<void> {
  const { simulation, queue } = test
  const timer = simulation.timers[0]!
  const word = step.split(' ')[1]
  if (step.startsWith('threads')) simulation.threads = word as 'down' | 'busy' | 'idle' | 'one'
  else if (step.startsWith('delay')) simulation.threadDelay = word === 'long' ? 200 : 0
  else if (step.startsWith('store')) queue.store = word as 'up' | 'down' | 'mute'
  else if (step === 'pause' || step === 'resume') timer.isPaused = step === 'pause'
  else if (step === 'trigger') simulation.ticks.trigger(timer)
  else if (step === 'burst') for (let count = 0; count < 6; count++) simulation.ticks.trigger(timer)
  else if (step === 'gain lease') simulation.holdsLease = true
  else if (step === 'lose lease') {
    simulation.holdsLease = false
    void simulation.stopper.loseLease('svc/queue')
  } else if (step === 'lose locks' || step === 'renew locks') queue.renews = step === 'renew locks'
  else if (step === 'full' || step === 'room') test.room = step === 'room' ? 2 : 0
  else if (step === 'abort by hand') for (const run of [...timer.lane.runs]) simulation.lifecycle.abort(run)
  // For longer than the lock.
  else if (step === 'freeze') {
    await simulation.clock.stall(2_500_000)
    queue.tend()
  } else if (step === 'stall') await simulation.clock.stall(350_000)
  look()
  await test.advance(step === 'advance' ? 700 : 120, look)
}

/** After so many short runs, tickets are taken ahead. */
const SHORT_RUNS = 16

async function runShortly(test: QueueSimulation, look: () => void): Promise<void> {
  test.simulation.threads = 'one'
  for (let run = 0; run < SHORT_RUNS; run++) {
    test.simulation.ticks.trigger(test.simulation.timers[0]!)
    await test.advance(20, look)
  }
}

describe('the ledger of a timer with scope queue', () => {
  it('the ledger closes at every step, each held ticket is settled once, no run begins without its lock, and nothing is counted without a series', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(plan, { minLength: 1, maxLength: 5 }),
        fc.array(fc.constantFrom(...STEPS), { maxLength: 10 }),
        fc.boolean(),
        fc.boolean(),
        async (option, plans, steps, atMostOnce, isShort) => {
          const durations = (run: number) => (isShort && run < SHORT_RUNS ? 1 : plans[run % plans.length]!)
          const test = new QueueSimulation([queued(option)], durations, { lock: 1_500_000, atMostOnce, room: 2 })
          const { simulation, queue } = test
          const withoutLock: string[] = []
          // Invariant 3 of taking.ts.
          simulation.onTicketStarted = ({ dueWall }, { delivery }) => {
            if (!queue.isLocked(dueWall, delivery)) withoutLock.push(`${dueWall}, delivery ${delivery}`)
          }
          const look = () => {
            const { due, taken, handedOver, returned, active, pending, skipped, runs } = test.ledger()
            const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0)
            expect(sum(skipped) + handedOver + returned + sum(runs) + active + pending).toBe(due + taken)
            expect(simulation.imbalance).toBe(0)
            if (simulation.threads === 'one' && active > 1) seen.add('behind')
            // Invariant 1 of taking.ts: a ticket is open, or it is settled.
            expect(taken - queue.settlements.length).toBe(simulation.tickets!.taking.open('svc'))
          }
          simulation.scheduler.start()
          if (isShort) await runShortly(test, look)
          for (const step of steps) await play(step, test, look)
          test.room = 0
          simulation.scheduler.stop()
          const stopped = simulation.stopper.stop()
          look()
          simulation.stopper.abortAll('stopping')
          await simulation.advance(200)
          await stopped
          look()
          expect(test.ledger()).toMatchObject({ active: 0, pending: 0 })
          expect(queue.settlements.map(({ key }) => key).sort()).toEqual(queue.taken.map(({ key }) => key).sort())
          expect(withoutLock).toEqual([])
          expect(simulation.uncataloguedCounts).toEqual([])
          const { returned, handedOver, runs, skipped } = test.ledger()
          for (const word of [...Object.keys(runs), ...Object.keys(skipped)]) seen.add(word)
          if (returned > 0) seen.add('returned')
          if (handedOver > 0) seen.add('handed_over')
          for (const { settled, settlement } of queue.settlements) seen.add(settled).add(settlement.kind)
        },
      ),
      { numRuns: 250, seed: 1 },
    )
    // Else the test would show little.
    for (const word of [
      'completed',
      'failed',
      'crashed',
      'timed_out',
      'aborted',
      'handed_over',
      'returned',
      'expired',
      'refused',
      'running',
      'missed',
      'superseded',
      'claim_unknown',
      'not_leader',
      'paused',
      'behind',
    ]) {
      expect(seen).toContain(word)
    }
  })
})
