import { expect, it } from 'vitest'
import { definitionWarnings } from '../../src/kernel/definition-warnings.js'
import { serviceDefinition } from '../support/service.js'
import { timerDefinition } from '../support/timer.js'

const warningsOf = (...timers: Parameters<typeof timerDefinition>[0][]) =>
  definitionWarnings([serviceDefinition({ timers: timers.map(timerDefinition) })])

it('a default that the scope of timers cannot have is told once, with the timers and what they have in its place', () => {
  const warnings = warningsOf(
    { method: 'a', scope: 'queue', passedOver: ['overlap', 'breaker'] },
    { method: 'b', scope: 'queue', passedOver: ['overlap'] },
    { method: 'c' },
  )
  expect(warnings).toEqual([
    'the default escapement.defaults.overlap does not fit the scope of svc.a (queue), svc.b (queue), so their overlap is "skip"; set overlap on these timers to say what they are to have',
    'the default escapement.defaults.breaker does not fit the scope of svc.a (queue), so they have no breaker; set breaker on these timers to say what they are to have',
  ])
})

it('of many timers five are named', () => {
  const timers = Array.from({ length: 7 }, (_, at) => ({ method: `m${at}`, passedOver: ['eager'] as const }))
  expect(warningsOf(...timers)[0]).toMatch(/svc\.m4 \(instance\) and 2 more, so they do not tick at the start;/)
})

it('without a default that does not fit there is no warning', () => {
  expect(warningsOf({ scope: 'queue' })).toEqual([])
})
