import { describe, expect, it } from 'vitest'
import type { ServiceDefinition } from '../../src/kernel/definitions.js'
import { Events, type RunEnded } from '../../src/kernel/events.js'
import { hintAtNiceness } from '../../src/observe/log/compute-hint.js'
import { timerDefinition } from '../support/timer.js'

interface Given {
  /** How long each run computes; undefined: it awaited something. */
  readonly computed?: number | undefined
  readonly seconds?: number
  readonly nice?: number
  readonly precise?: boolean | 'auto'
}

/** Lets the service `heavy` run once a second beside the service `exact`. */
function hintsOf({ computed, seconds = 60, nice = 0, precise = true }: Given): object[] {
  const events = new Events()
  const hints: object[] = []
  let now = 0
  const service = (name: string, given: object) => ({
    name,
    nice: 0,
    timers: [timerDefinition({ service: name, ...given })],
  })
  const services = [{ ...service('heavy', { precise: false }), nice }, service('exact', { precise })]
  hintAtNiceness({
    logger: { warn: (fields: object) => void hints.push(fields) },
    events,
    services: () => services as unknown as ServiceDefinition[],
    now: () => now,
  })
  for (let second = 0; second < seconds; second++) {
    now += 1_000_000
    events.emit('run.ended', { service: 'heavy', computed } as RunEnded)
  }
  return hints
}

describe('the hint at `nice`', () => {
  it('the hint at `nice` comes once for a service that computes for more than half of the time beside punctual timers', () => {
    expect(hintsOf({ computed: 0.6 })).toEqual([{ service: 'heavy', computesPercent: 60, beside: ['exact'] }])
  })

  it.each<[string, Given]>([
    ['computes for half of the time', { computed: 0.5 }],
    ['awaits something in its runs', { computed: undefined }],
    ['has computed for less than ten seconds', { computed: 0.9, seconds: 10 }],
    ['has a lower priority already', { computed: 0.9, nice: 5 }],
    ['runs beside timers that need not be punctual', { computed: 0.9, precise: 'auto' }],
  ])('the hint at `nice` does not come for a service that %s', (_title, given) => {
    expect(hintsOf(given)).toEqual([])
  })
})
