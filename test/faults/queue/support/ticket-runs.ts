/** Runs of tickets put together from what was told of them. */
import { groupBy } from '../../support/group-by.js'
import type { Nanos } from '../../support/history.js'
import type { FleetHistory, TicketEntry } from './fleet-history.js'

export interface TicketRun {
  readonly id: string
  readonly instance: string
  readonly delivery: number
  /** See {@link TicketBeginEntry.looked}. */
  readonly looked: Nanos
  readonly begin: Nanos
  /** When it was over at the latest: it said so, or its ticket was settled, or its instance was killed. */
  readonly end: Nanos | undefined
}

/** In the order they began. */
export function ticketRunsOf({ entries, processes }: Pick<FleetHistory, 'entries' | 'processes'>): TicketRun[] {
  const endings = groupBy(entries.filter(isEnding), keyOf)
  const deaths = new Map(processes.filter(({ kind }) => kind === 'killed').map(({ instance, at }) => [instance, at]))
  return entries
    .flatMap((entry) => {
      if (entry.kind !== 'begin') return []
      const { id, instance, delivery, looked, at: begin } = entry
      const ends = (endings.get(keyOf(entry)) ?? []).map(({ at }) => at).filter((at) => at >= begin)
      const death = deaths.get(instance)
      return [{ id, instance, delivery, looked, begin, end: earliest(death === undefined ? ends : [...ends, death]) }]
    })
    .sort((one, other) => (one.begin < other.begin ? -1 : 1))
}

type Ending = Extract<TicketEntry, { readonly kind: 'end' | 'settle' }>

function isEnding(entry: TicketEntry): entry is Ending {
  return entry.kind === 'end' || entry.kind === 'settle'
}

function keyOf({ instance, id, delivery }: Pick<TicketRun, 'instance' | 'id' | 'delivery'>): string {
  return `${instance} ${id} ${delivery}`
}

function earliest(moments: readonly Nanos[]): Nanos | undefined {
  return moments.reduce<Nanos | undefined>(
    (first, moment) => (first === undefined || moment < first ? moment : first),
    undefined,
  )
}
