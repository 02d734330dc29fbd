/**
 * Three processes, one lease, and everything that can happen to them.
 *
 * `FC_SEED=... npx vitest run test/coordinate/elector.property` repeats the run that reported the seed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ElectorOptions } from '../../src/coordinate/elector.js'
import { validityOf } from '../../src/coordinate/timing.js'
import { millisFromMicros } from '../../src/kernel/time.js'
import { fuzz } from '../schedule/fuzz.js'
import {
  type Breach,
  CLOCK_SET,
  FAULTS,
  type Fault,
  PROCESSES,
  type Scenario,
  SECOND,
  SimulatedCluster,
  TIMING,
} from './simulated-cluster.js'

const scenarios = (faults: readonly Fault[]): fc.Arbitrary<Scenario> =>
  fc.record({
    seed: fc.integer(),
    loss: fc.constantFrom(0, 0.05, 0.3),
    delay: fc.constantFrom(0, 0.1, 0.5),
    rates: fc.array(fc.double({ min: 0.996, max: 1.004, noNaN: true }), { minLength: PROCESSES, maxLength: PROCESSES }),
    incidents: fc.array(
      fc.record({
        fault: fc.constantFrom(...faults),
        process: fc.nat(PROCESSES - 1),
        seconds: fc.integer({ min: 1, max: 40 }),
        pause: fc.integer({ min: 0, max: 20 }),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  })

async function run(scenario: Scenario, breach: Breach = () => ({})): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(scenario, breach)
  await cluster.run()
  return cluster
}

/** Whether some scenario leads to two holders, when a rule is broken. */
function isCaught(faults: readonly Fault[], breach: Breach): Promise<boolean> {
  return canFail(faults, breach, ({ violations }) => violations.length === 0)
}

/** Whether something does not hold after some scenario, when a rule is broken. */
async function canFail(
  faults: readonly Fault[],
  breach: Breach,
  holds: (cluster: SimulatedCluster) => boolean | Promise<boolean>,
): Promise<boolean> {
  const property = fc.asyncProperty(scenarios(faults), async (scenario) => holds(await run(scenario, breach)))
  return (await fc.check(property, { seed: 1, numRuns: 5_000, endOnFailure: true })).failed
}

const grows = (epochs: readonly bigint[]) => epochs.every((epoch, at) => at === 0 || epoch > epochs[at - 1]!)

const FROZEN_OR_SET: readonly Fault[] = ['freeze', ...CLOCK_SET, 'restart', 'crash', 'calm']
// A wall clock that is set back hides a suspend that follows within the same validity: both at once is not promised.
const SUSPENDED: readonly Fault[] = ['suspend', 'freeze', 'forward', 'far_forward', 'restart', 'crash', 'calm']
const AWAKE: readonly Fault[] = [...CLOCK_SET, 'restart', 'crash', 'calm']

describe('three electors and one lease', () => {
  it.each([
    ['processes are frozen and clocks are set', FROZEN_OR_SET],
    ['machines are suspended', SUSPENDED],
  ])(
    'three electors with one lease never hold it at the same instant, and epochs grow, whatever is lost or late while %s',
    async (_, faults) => {
      await fc.assert(
        fc.asyncProperty(scenarios(faults), async (scenario) => {
          const { violations, epochs } = await run(scenario)
          expect(violations).toEqual([])
          expect(grows(epochs)).toBe(true)
        }),
        fuzz(500),
      )
    },
  )

  it('three electors with one lease never work under it at the same time while none is frozen for longer than the lease allows', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(AWAKE), async (scenario) => {
        expect((await run(scenario)).hasOverlappedWork).toBe(false)
      }),
      fuzz(300),
    )
  })

  it('three electors with one lease have a leader again within the ttl and two attempts after the last fault', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(FAULTS), async (scenario) => {
        const cluster = await run(scenario)
        expect(await cluster.recover()).toBe(true)
      }),
      fuzz(300),
    )
  })
})

describe('the property of three electors', () => {
  it('the property of three electors fails when validity counts from the answer instead of from before the request', async () => {
    const breach: Breach = ({ clock, publish }) => ({
      publish: (epoch, until) =>
        until === 0
          ? publish(epoch, 0, 0)
          : publish(epoch, clock.now() + validityOf(TIMING.ttl), clock.wallNow() + validityOf(TIMING.ttl) / 1_000),
    })
    expect(await isCaught(['freeze'], breach)).toBe(true)
  })

  it('the property of three electors fails when the wall clock is not looked at', async () => {
    const breach: Breach = ({ clock, publish }) => ({
      clock: { ...bound(clock), wallNow: () => clock.now() / 1_000 },
      publish: (epoch, until) => publish(epoch, until, Number.MAX_SAFE_INTEGER),
    })
    expect(await isCaught(SUSPENDED, breach)).toBe(true)
  })

  it('the property of three electors fails when the lease is given back before its validity has ended in memory', async () => {
    const breach: Breach = ({ publish }) => ({
      publish: (epoch, until, wallUntil) => {
        if (until !== 0) publish(epoch, until, wallUntil)
      },
    })
    expect(await isCaught(FROZEN_OR_SET, breach)).toBe(true)
  })

  it('the property of three electors fails when a renewal that was not answered is believed', async () => {
    const breach: Breach = ({ store }) => ({
      store: { ...store, renew: (...request) => store.renew(...request).catch(() => true) },
    })
    expect(await isCaught(['restart', 'crash', 'calm'], breach)).toBe(true)
  })

  it('the property of three electors that they have a leader again fails when an elector waits by the wall clock', async () => {
    const breach: Breach = ({ clock }) => ({ clock: waitsByWall(clock) })
    expect(await canFail(['far_backward'], breach, (cluster) => cluster.recover())).toBe(true)
  })
})

/** A clock whose waits end at a moment of the wall clock. */
function waitsByWall(clock: ElectorOptions['clock']): ElectorOptions['clock'] {
  return {
    ...bound(clock),
    after: (span, callback) => {
      const end = clock.wallNow() + millisFromMicros(span)
      const look = (): (() => void) =>
        clock.after(Math.min(span, 0.1 * SECOND), () => {
          if (clock.wallNow() >= end) callback()
          else cancel = look()
        })
      let cancel = look()
      return () => cancel()
    },
  }
}

function bound(clock: ElectorOptions['clock']): ElectorOptions['clock'] {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setAlarm: (at, wake) => clock.setAlarm(at, wake),
    clearAlarm: () => clock.clearAlarm(),
    after: (span, callback) => clock.after(span, callback),
    sleep: (span, signal) => clock.sleep(span, signal),
  }
}
