import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import { type Cadence, type Due, firstDue, type Moment } from './cadence.js'
import { cadenceOf } from './cadence-of.js'

/** What the scheduler keeps of one timer. */
export interface TimerEntry {
  readonly definition: TimerDefinition
  cadence: Cadence
  /** The last due moment that was handled; the start before the first. */
  last: Moment
  /** The next due moment, without jitter; undefined when there is none. */
  due: Due | undefined
  /** When the next tick is due: `due.mono` and its jitter. */
  dueMono: Micros
  /** The wall clock was set while a tick of this aligned timer was due: its grid is laid anew after that tick. */
  isMisaligned: boolean
}

export function timerEntry(definition: TimerDefinition, start: Moment): TimerEntry {
  const cadence = cadenceOf(definition.schedule, start)
  const due = firstDue(cadence, start, definition.eager)
  return { definition, cadence, last: start, due, dueMono: 0, isMisaligned: false }
}
