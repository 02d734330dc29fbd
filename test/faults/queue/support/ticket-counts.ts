/** What instances have counted of tickets, all together: the events of `escapement_queue_tickets_total`. */
import { parseExposition } from '../../../observe/exposition.js'
import type { Instance } from '../../support/instance.js'

export async function countsOf(instances: readonly Instance[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const text of await Promise.all(instances.map((instance) => instance.metrics()))) {
    for (const { labels, value } of parseExposition(text).get('escapement_queue_tickets_total')?.samples ?? []) {
      counts[labels.event!] = (counts[labels.event!] ?? 0) + value
    }
  }
  return counts
}
