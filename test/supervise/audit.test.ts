import { describe, expect, it } from 'vitest'
import { Lane, Run } from '../../src/dispatch/lane.js'
import { Events } from '../../src/kernel/events.js'
import { Audit } from '../../src/supervise/audit.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { timerDefinition } from '../support/timer.js'

const SECOND = 1_000_000

function audited(lane: Lane) {
  const clock = new VirtualClock()
  const events = new Events()
  const heard: string[] = []
  events.on('ledger.violated', ({ entrypoint, detail }) => heard.push(`${entrypoint}: ${detail}`))
  events.on('run.overlong', ({ entrypoint, forSeconds }) => heard.push(`${entrypoint} runs for ${forSeconds} s`))
  const audit = new Audit({ lanes: [lane], clock, events, periodOf: () => 100_000 })
  audit.start()
  return { clock, heard, audit }
}

describe('the audit', () => {
  it('is silent while the books close, and speaks up within ten seconds when a tick is lost', async () => {
    const lane = new Lane(0, timerDefinition())
    const { clock, heard } = audited(lane)
    lane.ledger.arrive()
    lane.ledger.skip('running')
    await clock.advance(30 * SECOND)
    expect(heard).toEqual([])
    lane.ledger.arrive(2)
    await clock.advance(10 * SECOND)
    expect(heard).toEqual(['svc.work: 2 ticks are unaccounted for'])
  })

  it('tells once of a run without a time-out that takes longer than a minute', async () => {
    const lane = new Lane(0, timerDefinition())
    const { clock, heard, audit } = audited(lane)
    const run = new Run(lane, { sequence: 1, dueMono: 0, dueWall: 0, startBy: 0 })
    run.handle = {
      hasStarted: true,
      hasReturned: false,
      startedAt: 5 * SECOND,
      cancel: () => false,
      abort() {},
      kill() {},
    }
    lane.runs.add(run)
    await clock.advance(300 * SECOND)
    audit.stop()
    expect(heard).toEqual(['svc.work runs for 65 s'])
  })

  it('leaves a run with a time-out to its time-out', async () => {
    const lane = new Lane(0, timerDefinition({ timeout: 600 * SECOND }))
    const { clock, heard } = audited(lane)
    const run = new Run(lane, { sequence: 1, dueMono: 0, dueWall: 0, startBy: 0 })
    run.handle = { hasStarted: true, hasReturned: false, startedAt: 0, cancel: () => false, abort() {}, kill() {} }
    lane.runs.add(run)
    await clock.advance(300 * SECOND)
    expect(heard).toEqual([])
  })
})
