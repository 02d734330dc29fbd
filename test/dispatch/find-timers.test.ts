import { describe, expect, it } from 'vitest'
import { timersNamed } from '../../src/dispatch/find-timers.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const named = (name: string) => timerDefinition({ method: 'report', name })
const simulation = new Simulation([named('morning'), timerDefinition(), named('evening')], () => 1)

const found = (id: string) => timersNamed(simulation, id).map(({ definition }) => definition.id)

describe('the timers that an id selects', () => {
  it('the id of a timer selects this timer', () => {
    expect(found('svc.report#evening')).toEqual(['svc.report#evening'])
    expect(found('svc.work')).toEqual(['svc.work'])
  })

  it('the id of a method selects all of its timers, in the order of their definition', () => {
    expect(found('svc.report')).toEqual(['svc.report#morning', 'svc.report#evening'])
  })

  it('an unknown id is refused with the nearest id', () => {
    expect(() => found('svc.report#mornin')).toThrow(
      'there is no timer "svc.report#mornin", did you mean "svc.report#morning"?',
    )
  })
})
