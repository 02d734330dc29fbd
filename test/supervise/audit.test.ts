import { describe, expect, it } from 'vitest'
import type { RunHandle } from '../../src/dispatch/executor.js'
import { Run, type Timer, timersOf } from '../../src/dispatch/lane.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { Events } from '../../src/kernel/events.js'
import type { Micros } from '../../src/kernel/time.js'
import { Audit } from '../../src/supervise/audit.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

const SECOND = 1_000_000

function timerOf(definition: TimerDefinition): Timer {
  return timersOf([definition], countersFor([definition]))[0]!
}

/** Adds a run whose method was entered at this moment. */
function addRun(timer: Timer, startedAt: Micros): void {
  const handle: RunHandle = {
    hasStarted: true,
    hasReturned: false,
    startedAt,
    mayCallBefore() {},
    cancel: () => false,
    abort() {},
    kill() {},
  }
  const run = new Run(timer, { sequence: 1, dueMono: 0, dueWall: 0, startBy: 0 }, false, undefined)
  run.phase = { name: 'attempting', handle, previous: undefined }
  timer.lane.runs.add(run)
}

function audited(timer: Timer) {
  const clock = new VirtualClock()
  const events = new Events()
  const heard: string[] = []
  events.on('ledger.violated', ({ entrypoint, detail }) => heard.push(`${entrypoint}: ${detail}`))
  events.on('run.overlong', ({ entrypoint, forSeconds }) => heard.push(`${entrypoint} runs for ${forSeconds} s`))
  const audit = new Audit({ lanes: [timer.lane], clock, events, periodOf: () => 100_000 })
  audit.start()
  return { clock, heard, audit }
}

describe('the audit', () => {
  it('the audit is silent while the ledgers balance, and reports a lost tick within ten seconds', async () => {
    const timer = timerOf(timerDefinition())
    const { clock, heard } = audited(timer)
    timer.ledger.arrive()
    timer.ledger.skip('running')
    await clock.advance(30 * SECOND)
    expect(heard).toEqual([])
    timer.ledger.arrive(2)
    await clock.advance(10 * SECOND)
    expect(heard).toEqual(['svc.work: 2 ticks are unaccounted for'])
  })

  it('the audit reports a run without a time-out once when it takes longer than a minute', async () => {
    const timer = timerOf(timerDefinition())
    const { clock, heard, audit } = audited(timer)
    addRun(timer, 5 * SECOND)
    await clock.advance(300 * SECOND)
    audit.stop()
    expect(heard).toEqual(['svc.work runs for 65 s'])
  })

  it('the audit does not report a run that has a time-out', async () => {
    const timer = timerOf(timerDefinition({ timeout: 600 * SECOND }))
    const { clock, heard } = audited(timer)
    addRun(timer, 0)
    await clock.advance(300 * SECOND)
    expect(heard).toEqual([])
  })
})
