import type { ServiceDefinition } from '../../kernel/definitions.js'

/** The leases for which an instance competes, with their indexes: an instance that hands no ticks over leaves those of the queue. */
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
