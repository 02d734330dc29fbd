import { type CountedService, catalogueOf } from '../../src/counters/catalogue.js'
import { Counters } from '../../src/counters/counters.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'

/** The counters of one service with these timers. */
export function countersFor(timers: readonly TimerDefinition[], given: Partial<CountedService> = {}): Counters {
  return new Counters(catalogueOf([countedService(timers, given)]))
}

export function countedService(
  timers: readonly TimerDefinition[],
  given: Partial<CountedService> = {},
): CountedService {
  const name = given.name ?? timers[0]?.service ?? 'svc'
  return { name, pool: name, timers, rpcs: [], leases: [], usesMembers: false, ...given }
}
