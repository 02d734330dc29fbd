/** Forced stops and runs; the invariants are those of src/dispatch/run-phase.ts and lane-stopper.ts. */
import { describe, expect, it } from 'vitest'
import { createDispatch } from '../../src/dispatch/dispatch.js'
import type { Invocation, RunHandle, RunReport } from '../../src/dispatch/executor.js'
import { Events } from '../../src/kernel/events.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor } from '../support/counters.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const CRASHED: RunReport = {
  result: 'crashed',
  startedAt: undefined,
  endedAt: undefined,
  isSynchronous: false,
  error: undefined,
  isBlamed: false,
  nextInterval: undefined,
  threadId: 1,
}

const ENDLESS = { takes: Number.POSITIVE_INFINITY }

function forced(simulation: Simulation) {
  simulation.scheduler.stop()
  const stopped = simulation.stopper.stop()
  simulation.stopper.killAll()
  return stopped
}

describe('a waiting tick of a lane without a run', () => {
  it('a waiting tick of a lane without a run is skipped at once by a stop, also when no thread is up', async () => {
    const simulation = new Simulation([timerDefinition({ startDeadline: 60_000_000 })], () => 10)
    simulation.threads = 'down'
    simulation.scheduler.start()
    await simulation.advance(110)
    expect(simulation.timers[0]!.ledger.pending).toBe(1)
    simulation.scheduler.stop()
    await simulation.stopper.stop()
    expect(simulation.skips()).toEqual({ stopping: 1 })
    expect(simulation.timers[0]!.ledger.pending).toBe(0)
  })

  it('a waiting tick of a lane without a run is skipped when the lease is lost, also when no thread is up', async () => {
    const leader = timerDefinition({ scope: 'leader', lease: 'svc', startDeadline: 60_000_000 })
    const simulation = new Simulation([leader], () => 10)
    simulation.threads = 'down'
    simulation.scheduler.start()
    await simulation.advance(110)
    simulation.holdsLease = false
    await simulation.stopper.loseLease('svc')
    expect(simulation.skips()).toEqual({ not_leader: 1 })
  })
})

describe('a forced stop', () => {
  it('a forced stop skips a cancelled tick although its thread is killed before its report (invariant 4)', async () => {
    const events = new Events()
    const ended: string[] = []
    events.on('run.ended', ({ outcome }) => ended.push(outcome))
    let exit = () => {}
    const { timers, admission, stopper } = createDispatch({
      definitions: [timerDefinition()],
      counters: countersFor([timerDefinition()]),
      executor: { place: () => ({ isIdle: true, load: 0, run: runOnBlockedThread }) },
      coordination: { holds: () => true, claim: async () => 'claimed' },
      clock: new VirtualClock(),
      events,
      isInside: () => true,
      onInterval: () => {},
    })
    function runOnBlockedThread(_: Invocation, done: (report: RunReport) => void): RunHandle {
      exit = () => done(CRASHED)
      const kill = () => {}
      return {
        hasStarted: false,
        hasReturned: false,
        startedAt: undefined,
        mayCallBefore() {},
        cancel: () => true,
        abort() {},
        kill,
      }
    }
    expect(admission.trigger(timers[0]!)).toBe('started')
    const stopped = stopper.stop()
    stopper.killAll()
    exit()
    await stopped
    expect(ended).toEqual([])
    expect(timers[0]!.ledger.counts()).toMatchObject({ due: 1, active: 0, skipped: { stopping: 1 } })
    expect(stopper.killed).toEqual([])
  })

  it('a forced stop kills a run that has begun without waiting for its grace, and names its method', async () => {
    const simulation = new Simulation([timerDefinition({ abortGrace: 60_000_000 })], () => ENDLESS)
    simulation.scheduler.start()
    await simulation.advance(110)
    const stopped = forced(simulation)
    expect(simulation.stopper.killed).toEqual(['svc.work'])
    await simulation.advance(0)
    await stopped
    expect(simulation.elapsed).toBe(110)
    expect(simulation.ended).toMatchObject([{ outcome: 'aborted' }])
    expect(simulation.stopper.killed).toEqual(['svc.work'])
    expect(simulation.imbalance).toBe(0)
  })

  it('a forced stop kills a run for which a stop in progress waits', async () => {
    const simulation = new Simulation([timerDefinition()], () => ENDLESS)
    simulation.scheduler.start()
    await simulation.advance(110)
    simulation.scheduler.stop()
    let hasStopped = false
    void simulation.stopper.stop().then(() => {
      hasStopped = true
    })
    await simulation.advance(5_000)
    expect(hasStopped).toBe(false)
    simulation.stopper.killAll()
    await simulation.advance(0)
    expect(hasStopped).toBe(true)
  })

  it('a forced stop skips a tick whose run had not begun (invariants 4 and 5), and does not name its method', async () => {
    const simulation = new Simulation([timerDefinition({ eager: false })], () => 10)
    simulation.scheduler.start()
    // 2 ms before the tick is due, its run is held in the gate.
    await simulation.advance(98)
    expect(simulation.lanes[0]!.runs.size).toBe(1)
    const stopped = forced(simulation)
    await simulation.advance(10)
    await stopped
    expect(simulation.skips()).toEqual({ stopping: 1 })
    expect(simulation.ended).toEqual([])
    expect(simulation.stopper.killed).toEqual([])
    expect(simulation.imbalance).toBe(0)
  })

  it('a forced stop ends a run that waits for its next attempt with the outcome of its last attempt (invariant 5)', async () => {
    const retry = { attempts: 3, backoff: { initial: 1_000_000, factor: 1, max: 1_000_000, jitter: 0 } }
    const simulation = new Simulation([timerDefinition({ retry })], () => ({ takes: 1, fails: true }))
    simulation.scheduler.start()
    await simulation.advance(150)
    await forced(simulation)
    expect(simulation.ended).toMatchObject([{ outcome: 'failed', attempt: 1 }])
    expect(simulation.stopper.killed).toEqual([])
  })
})
