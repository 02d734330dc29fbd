/**
 * The address of what the dashboard shows. All of it is in the query of the URL, so that a link shows the same to somebody else:
 * `?entrypoint=billing.charge&tick=...` for one entrypoint, `?q=&service=&level=` for a filtered list.
 */
import { LEVELS, type Level } from '../../../observe/changes/change.js'

export interface Filter {
  /** Part of the id, of the schedule, or of the status text; '' for all. */
  readonly q: string
  /** Name of a service; '' for all. */
  readonly service: string
  /** The lowest level to list; '' and `ok` for all. */
  readonly level: Level | ''
}

export interface Address {
  /** Shown alone; undefined for the list. */
  readonly entrypoint?: string
  /** Due moment of the tick to point at, as ISO text. */
  readonly tick?: string
  /** Kept while one entrypoint is shown, so that going back shows the same list. */
  readonly filter: Filter
}

export const NO_FILTER: Filter = { q: '', service: '', level: '' }

/** Reads the query of a URL. What it does not understand it ignores. */
export function parseAddress(query: URLSearchParams): Address {
  const entrypoint = query.get('entrypoint')
  const tick = query.get('tick')
  const level = query.get('level') ?? ''
  return {
    ...(entrypoint ? { entrypoint } : {}),
    ...(entrypoint && tick ? { tick } : {}),
    filter: {
      q: query.get('q') ?? '',
      service: query.get('service') ?? '',
      level: LEVELS.find((one) => one === level) ?? '',
    },
  }
}

/** The link to an address, relative to the dashboard. */
export function linkTo({ entrypoint, tick, filter }: Address): string {
  const query = new URLSearchParams()
  const parts = { entrypoint, tick, ...filter }
  for (const [name, value] of Object.entries(parts)) if (value) query.set(name, value)
  const text = query.toString()
  return text ? `?${text}` : './'
}
