/** What the detector finds in the counters. The numbers are the invariants of src/admin/notify/detector.ts. */
import { describe, expect, it } from 'vitest'
import { Detector } from '../../../src/admin/notify/detector.js'
import { wordOfEach } from '../../../src/counters/enum-words.js'
import { CounterReader } from '../../../src/counters/reader.js'
import { METHOD_ROW, PROCESS_ROW, SERVICE_ROW, TIMER_ROW } from '../../../src/counters/row-shapes.js'
import { THREAD_END_REASONS } from '../../../src/kernel/events.js'
import { CIRCUIT_REASONS, CIRCUIT_STATES } from '../../../src/kernel/vocabulary.js'
import { countersFor } from '../../support/counters.js'
import { timerDefinition } from '../../support/timer.js'

const START = Date.UTC(2026, 0, 5)
const RESTARTS = wordOfEach(SERVICE_ROW.at.restarts, THREAD_END_REASONS)

function detect() {
  const timer = timerDefinition({})
  const { service, method, id } = timer
  const counters = countersFor([timer])
  const reader = new CounterReader(counters.catalogue, counters.memory)
  const detector = new Detector(counters.catalogue)
  const row = counters.method(service, method)
  return {
    id,
    service,
    counters,
    detector,
    look: (afterMs = 0) => detector.look(reader.snapshot(), START + afterMs),
    fail: (times: number) => row.set(METHOD_ROW.at.consecutiveFailures, times),
    circuit(state: (typeof CIRCUIT_STATES)[number], reason: (typeof CIRCUIT_REASONS)[number]) {
      row.set(METHOD_ROW.at.circuit, CIRCUIT_STATES.indexOf(state))
      row.set(METHOD_ROW.at.circuitReason, CIRCUIT_REASONS.indexOf(reason))
    },
    miss: (since: number) => counters.timer(0 as never).set(TIMER_ROW.at.noSuccessSince, since),
  }
}

describe('what notifications tell of', () => {
  it('1: a method that has failed five times in a row is told of once, and once more when it completes', () => {
    const { id, service, look, fail } = detect()
    look()
    fail(4)
    expect(look()).toEqual([])
    fail(5)
    expect(look(1_000)).toEqual([
      {
        kind: 'failing',
        incident: `failing:${id}`,
        entrypoint: id,
        service,
        text: `${id} has failed 5 times in a row`,
        at: START + 1_000,
      },
    ])
    fail(6)
    expect(look(2_000)).toEqual([])
    fail(0)
    expect(look(3_000)).toMatchObject([{ kind: 'recovered', incident: `failing:${id}`, at: START + 3_000 }])
    expect(look(4_000)).toEqual([])
  })

  it('1: a timer is overdue when a success has been missing for an interval and a minute, and recovers', () => {
    const { id, counters, look, miss, detector } = detect()
    counters.timer(0 as never).set(TIMER_ROW.at.interval, 10_000_000)
    miss(START)
    expect(look(70_000)).toEqual([])
    expect(look(70_001)).toMatchObject([
      {
        kind: 'overdue',
        incident: `overdue:${id}`,
        since: START,
        text: `${id} is overdue: no run has completed for 70s`,
      },
    ])
    expect(look(71_000)).toEqual([])
    expect(detector.open).toEqual([`overdue:${id}`])
    miss(0)
    expect(look(72_000)).toMatchObject([{ kind: 'recovered', incident: `overdue:${id}`, since: START }])
    expect(detector.open).toEqual([])
  })

  it('1: a probe of a quarantined method is not told of, and its end is', () => {
    const { id, look, circuit } = detect()
    circuit('open', 'quarantined')
    expect(look()).toMatchObject([{ kind: 'quarantined', incident: `quarantined:${id}` }])
    circuit('half_open', 'quarantined')
    expect(look()).toEqual([])
    circuit('open', 'quarantined')
    expect(look()).toEqual([])
    circuit('closed', 'quarantined')
    expect(look()).toMatchObject([{ kind: 'recovered', incident: `quarantined:${id}` }])
  })

  it('1: a circuit that its breaker opened is told of under its own name', () => {
    const { look, circuit } = detect()
    circuit('open', 'circuit_open')
    expect(look().map(({ kind }) => kind)).toEqual(['circuit_open'])
  })

  it('2: threads that were killed are told of together, once', () => {
    const { service, counters, look } = detect()
    look()
    counters.service(service).add(RESTARTS.killed, 1)
    counters.service(service).add(RESTARTS.hung, 1)
    counters.service(service).add(RESTARTS.recycled, 1)
    expect(look()).toMatchObject([{ kind: 'killed', service, text: `2 threads of ${service} had to be killed` }])
    expect(look()).toEqual([])
  })

  it('2: a ledger that does not close is told of', () => {
    const { counters, look } = detect()
    look()
    counters.process.add(PROCESS_ROW.at.ledgerViolations, 1)
    expect(look().map(({ kind }) => kind)).toEqual(['ledger'])
    expect(look()).toEqual([])
  })

  it('3: the first look tells what is wrong already, and not what was counted before', () => {
    const { service, counters, look, fail } = detect()
    counters.service(service).add(RESTARTS.killed, 3)
    fail(9)
    expect(look().map(({ kind }) => kind)).toEqual(['failing'])
  })
})
