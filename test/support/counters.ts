import { type CountedService, catalogueOf } from '../../src/counters/catalogue.js'
import { Counters } from '../../src/counters/counters.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { TICKET_EVENTS } from '../../src/kernel/ticket.js'
import { ABORT_CAUSES, CLAIM_RESULTS, OUTCOMES, RETRY_RESULTS, SKIP_REASONS } from '../../src/kernel/vocabulary.js'

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

const ENUMS = {
  skipped: SKIP_REASONS,
  runs: OUTCOMES,
  aborts: ABORT_CAUSES,
  retries: RETRY_RESULTS,
  claims: CLAIM_RESULTS,
  tickets: TICKET_EVENTS,
} as const

/** What was counted though it has no series, as `svc.work skipped running`. */
export function uncataloguedCounts(counters: Counters): string[] {
  return counters.catalogue.timers.flatMap(({ id, series }, index) =>
    Object.entries(ENUMS).flatMap(([field, values]) => {
      const name = field as keyof typeof ENUMS
      const first = TIMER_ROW.at[name]
      const counted = values.filter((_, at) => counters.timer(index).get(first + at) !== 0)
      return counted
        .filter((value) => !(series[name] as readonly string[]).includes(value))
        .map((value) => `${id} ${name} ${value}`)
    }),
  )
}
