import type { ServiceDefinition } from '../../kernel/definitions.js'

/**
 * Returns the leases for which this instance competes, with their indexes in `names`. An instance that offers no tickets does not compete
 * for the leases under which tickets are offered.
 */
export function soughtLeases(
  names: readonly string[],
  services: readonly Pick<ServiceDefinition, 'timers'>[],
  offersTickets: boolean,
): [lease: string, index: number][] {
  const all = names.map((lease, index): [string, number] => [lease, index])
  if (offersTickets) return all
  const left = new Set(services.flatMap(({ timers }) => timers.flatMap(({ offerLease }) => offerLease ?? [])))
  return all.filter(([lease]) => !left.has(lease))
}
