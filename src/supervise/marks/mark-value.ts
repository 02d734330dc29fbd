/** How far the ticks of an entrypoint are judged, as the coordination store holds it: JSON under `mark/` and the entrypoint. */
import type { Schedule } from '../../kernel/definitions.js'
import type { Millis } from '../../kernel/time.js'

export interface Mark {
  /** The last due moment that was judged. */
  readonly due: Millis
  /** The schedule by which it was due. The mark of another schedule says nothing about this one. */
  readonly schedule: string
}

const PREFIX = 'mark/'

export function markKey(entrypoint: string): string {
  return PREFIX + entrypoint
}

/** The keys of all entrypoints of a service begin with it. */
export function marksOf(service: string): string {
  return `${PREFIX}${service}.`
}

/** Text that is equal for equal schedules. */
export function scheduleText(schedule: Schedule): string {
  return JSON.stringify(Object.entries(schedule).sort(([one], [other]) => (one < other ? -1 : 1)))
}

export function encodeMark({ due, schedule }: Mark): string {
  return JSON.stringify({ due, schedule })
}

/** Undefined: it is no mark. Fields that a later version adds are left out. */
export function decodeMark(value: string): Mark | undefined {
  let found: Partial<Mark> | null
  try {
    found = JSON.parse(value)
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const { due, schedule } = found
  return typeof due === 'number' && typeof schedule === 'string' ? { due, schedule } : undefined
}
