/**
 * The mark of an entrypoint in the coordination store: up to which due moment its ticks are judged. The key is `mark/` and the id of
 * the entrypoint, the value is JSON.
 */
import type { Schedule } from '../../kernel/definitions.js'
import type { Millis } from '../../kernel/time.js'

export interface Mark {
  /** The last due moment that was judged, on the wall clock. */
  readonly due: Millis
  /** The schedule of the timer at that time. When the schedule is changed, the mark says nothing about the new due moments. */
  readonly schedule: string
}

const PREFIX = 'mark/'

export function markKey(entrypoint: string): string {
  return PREFIX + entrypoint
}

/** With this text begin the keys of all entrypoints of a service. */
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

/** Returns undefined when the value is not a mark. Ignores fields that a later version has added. */
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
