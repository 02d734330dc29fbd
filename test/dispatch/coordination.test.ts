/** Ticks of the scopes leader and cluster, which depend on other instances. */
import { describe, expect, it } from 'vitest'
import type { ClaimResult } from '../../src/kernel/vocabulary.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const leader = (given = {}) => timerDefinition({ scope: 'leader', lease: 'svc', ...given })
const cluster = (given = {}) =>
  timerDefinition({ scope: 'cluster', schedule: { kind: 'interval', interval: 100_000, align: true }, ...given })

/** A coordinator whose answers to claims a test gives. */
class Answers {
  readonly asked: string[] = []
  readonly #pending: ((result: ClaimResult) => void)[] = []
  readonly claim: Simulation['claim'] = ({ dueWall }) => {
    this.asked.push(new Date(dueWall).toISOString())
    return new Promise((resolve) => this.#pending.push(resolve))
  }

  async give(result: ClaimResult): Promise<void> {
    this.#pending.shift()!(result)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a timer with scope leader', () => {
  it('a leader timer ticks only while the lease is held', async () => {
    const simulation = new Simulation([leader()], () => 10)
    simulation.holdsLease = false
    simulation.scheduler.start()
    await simulation.advance(300)
    simulation.holdsLease = true
    await simulation.advance(200)
    expect(simulation.runs.map(({ due }) => due)).toEqual([400, 500])
    expect(simulation.skips()).toEqual({ not_leader: 3 })
    expect(simulation.imbalance).toBe(0)
  })

  it('a leader timer cannot be triggered while the lease is not held', () => {
    const simulation = new Simulation([leader()], () => 10)
    simulation.holdsLease = false
    expect(simulation.admission.trigger(simulation.timers[0]!)).toBe('not_leader')
  })

  it('a run of a leader timer is aborted when the lease is to be given up, which happens after the run has ended', async () => {
    const simulation = new Simulation([leader({ abortGrace: 1_000_000 })], () => ({ takes: Infinity, stopsIn: 150 }))
    simulation.scheduler.start()
    await simulation.advance(110)
    simulation.holdsLease = false
    let isLost = false
    void simulation.stopper.loseLease('svc').then(() => {
      isLost = true
    })
    await simulation.advance(140)
    expect(isLost).toBe(false)
    await simulation.advance(20)
    expect(isLost).toBe(true)
    expect(simulation.ended).toMatchObject([{ outcome: 'aborted' }])
    expect(simulation.imbalance).toBe(0)
  })

  it('a run of a leader timer that ignores the abort is killed at the end of its grace', async () => {
    const simulation = new Simulation([leader({ abortGrace: 200_000 })], () => ({ takes: Infinity }))
    simulation.scheduler.start()
    await simulation.advance(110)
    simulation.holdsLease = false
    const lost = simulation.stopper.loseLease('svc')
    await simulation.advance(250)
    await lost
    expect(simulation.ended).toMatchObject([{ outcome: 'aborted' }])
    expect(simulation.runs[0]!.end).toBeGreaterThanOrEqual(310)
  })

  it('the loss of a lease withdraws waiting ticks and later attempts', async () => {
    const waits = leader({ overlap: 'wait' })
    const retries = leader({
      method: 'retries',
      id: 'svc.retries',
      retry: { attempts: 5, backoff: { initial: 500_000, factor: 1, max: 500_000, jitter: 0 } },
    })
    const simulation = new Simulation([waits, retries], (_run, lane) =>
      lane === 0 ? { takes: Infinity, stopsIn: 1 } : { takes: 1, fails: true },
    )
    simulation.scheduler.start()
    await simulation.advance(250)
    simulation.holdsLease = false
    const lost = simulation.stopper.loseLease('svc')
    await simulation.advance(10)
    await lost
    expect(simulation.skips(0)).toEqual({ not_leader: 1 })
    expect(simulation.ended.map(({ entrypoint, outcome }) => [entrypoint, outcome])).toEqual([
      ['svc.retries', 'aborted'],
      ['svc.work', 'aborted'],
    ])
    expect(simulation.imbalance).toBe(0)
  })

  it('the loss of a lease does not affect timers of other leases', async () => {
    const simulation = new Simulation(
      [leader(), leader({ service: 'other', id: 'other.work', lease: 'other' })],
      () => ({ takes: 50 }),
    )
    simulation.scheduler.start()
    await simulation.advance(110)
    await simulation.stopper.loseLease('nobody')
    void simulation.stopper.loseLease('svc')
    await simulation.advance(60)
    expect(
      simulation.ended.filter(({ outcome }) => outcome === 'completed').map(({ entrypoint }) => entrypoint),
    ).toEqual(['other.work'])
  })
})

describe('a timer with scope cluster', () => {
  it('a cluster timer runs the ticks that it has claimed by their due moment', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster()], () => 10, { wall: Date.UTC(2026, 0, 5, 12) })
    simulation.claim = answers.claim
    simulation.scheduler.start()
    await simulation.advance(100)
    expect(simulation.runs).toEqual([])
    await answers.give('claimed')
    await simulation.advance(100)
    await answers.give('claimed_elsewhere')
    await simulation.advance(100)
    await answers.give('claim_unknown')
    await simulation.advance(20)
    expect(answers.asked).toEqual(['2026-01-05T12:00:00.100Z', '2026-01-05T12:00:00.200Z', '2026-01-05T12:00:00.300Z'])
    expect(simulation.runs.map(({ due }) => due)).toEqual([100])
    expect(simulation.skips()).toEqual({ claimed_elsewhere: 1, claim_unknown: 1 })
    expect(simulation.imbalance).toBe(0)
  })

  it('a cluster timer starts on time when the answer to its claim comes before the due moment', async () => {
    const simulation = new Simulation([cluster()], () => 10)
    simulation.claim = async () => 'claimed'
    simulation.scheduler.start()
    await simulation.advance(350)
    expect(simulation.runs.map(({ due, start }) => start - due)).toEqual([0, 0, 0])
  })

  it('a cluster timer on a busy instance claims no ticks and leaves them to other instances', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster()], () => 250)
    simulation.claim = answers.claim
    simulation.scheduler.start()
    await simulation.advance(100)
    await answers.give('claimed')
    await simulation.advance(240)
    expect(answers.asked).toHaveLength(1)
    expect(simulation.skips()).toEqual({ running: 2 })
  })

  it('a tick of a cluster timer is pending until its claim is answered, and no second tick is claimed meanwhile', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster()], () => 10)
    simulation.claim = answers.claim
    simulation.scheduler.start()
    await simulation.advance(250)
    expect(simulation.timers[0]!.ledger.counts()).toMatchObject({ pending: 1, active: 0 })
    expect(simulation.skips()).toEqual({ claim_unknown: 1 })
    await answers.give('claimed')
    await simulation.advance(0)
    expect(simulation.runs.map(({ due }) => due)).toEqual([100])
    expect(simulation.imbalance).toBe(0)
  })

  it('a claimed tick waits when no thread is up at the answer to its claim', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster({ startDeadline: 1_000_000 })], () => 10)
    simulation.claim = answers.claim
    simulation.scheduler.start()
    await simulation.advance(100)
    simulation.threads = 'down'
    await answers.give('claimed')
    await simulation.advance(20)
    expect(simulation.runs).toEqual([])
    simulation.threads = 'idle'
    simulation.admission.startWaiting(simulation.lanes[0]!)
    await answers.give('claimed')
    await simulation.advance(0)
    expect(simulation.runs.map(({ due }) => due)).toEqual([100])
    expect(simulation.imbalance).toBe(0)
  })

  it('a stop waits for the answer to a claim, and the tick does not run', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster()], () => 10)
    simulation.claim = answers.claim
    simulation.scheduler.start()
    await simulation.advance(100)
    simulation.scheduler.stop()
    let hasStopped = false
    void simulation.stopper.stop().then(() => {
      hasStopped = true
    })
    await simulation.advance(10)
    expect(hasStopped).toBe(false)
    await answers.give('claimed')
    await simulation.advance(0)
    expect(hasStopped).toBe(true)
    expect(simulation.skips()).toEqual({ stopping: 1 })
  })

  it('a cluster timer that is triggered by hand runs without a claim', async () => {
    const answers = new Answers()
    const simulation = new Simulation([cluster()], () => 10)
    simulation.claim = answers.claim
    expect(simulation.admission.trigger(simulation.timers[0]!)).toBe('started')
    await simulation.advance(0)
    expect(answers.asked).toEqual([])
  })

  it('a cluster timer names its ticks by the new wall clock after a clock change or a suspend', async () => {
    const answers = new Answers()
    const simulation = new Simulation(
      [cluster({ schedule: { kind: 'interval', interval: 1_000_000, align: true } })],
      () => 10,
      {
        wall: Date.UTC(2026, 0, 5, 12),
      },
    )
    simulation.claim = async (tick) => {
      void answers.claim(tick)
      return 'claimed'
    }
    simulation.scheduler.start()
    await simulation.advance(2_500)
    simulation.clock.suspend(600_250_000)
    await simulation.advance(4_000)
    const names = answers.asked.map((at) => at.slice(14, 23))
    expect(names.slice(0, 2)).toEqual(['00:01.000', '00:02.000'])
    expect(names.at(-1)).toBe('10:06.000')
    expect(names.slice(3)).toEqual(names.slice(3).map((name) => name.replace(/\.\d+$/, '.000')))
  })
})

describe('a run that is cancelled before its second attempt has begun', () => {
  it('a run that is cancelled before its second attempt ends with the outcome of the first', async () => {
    const retries = timerDefinition({
      retry: { attempts: 3, backoff: { initial: 10_000, factor: 1, max: 10_000, jitter: 0 } },
    })
    const simulation = new Simulation([retries], () => ({ takes: 1, fails: true }))
    simulation.scheduler.start()
    await simulation.advance(105)
    // At the very moment of the second attempt, after it has been handed over and before it begins.
    simulation.clock.after(6_000, () => {
      expect([...simulation.lanes[0]!.runs][0]).toMatchObject({ attempt: 2 })
      void simulation.stopper.stop()
    })
    await simulation.advance(10)
    expect(simulation.runs).toHaveLength(1)
    expect(simulation.ended).toMatchObject([{ outcome: 'failed', attempt: 2 }])
    expect(simulation.skips()).toEqual({})
    expect(simulation.imbalance).toBe(0)
  })
})

describe('a tick by hand that has to wait', () => {
  it('a waiting tick that was triggered by hand ignores pause and window when it starts', async () => {
    const simulation = new Simulation([timerDefinition({ overlap: 'wait' })], () => 50)
    const [timer] = simulation.timers
    expect(simulation.admission.trigger(timer!)).toBe('started')
    await simulation.advance(1)
    timer!.isPaused = true
    expect(simulation.admission.trigger(timer!)).toBe('waiting')
    await simulation.advance(120)
    expect(simulation.runs).toHaveLength(2)
    expect(simulation.skips()).toEqual({})
  })
})
