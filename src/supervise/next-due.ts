/** When a timer would be due next if it were started now. */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { Micros, Millis } from '../kernel/time.js'
import { firstDue } from '../schedule/cadence.js'
import { cadenceOf } from '../schedule/cadence-of.js'
import { isInside } from '../schedule/window.js'
import { zoneOf } from '../schedule/zone.js'

export type NextDue =
  /** `offset`: by how much the local time of the timer's zone is ahead of UTC then. `zone`: undefined for the machine's. */
  | { readonly kind: 'at'; readonly wall: Millis; readonly offset: Millis; readonly zone: string | undefined }
  /** Counted from the start, which `list` does not know. */
  | { readonly kind: 'after_start'; readonly span: Micros }
  /** It has none, or none of the next ones is inside its window. */
  | { readonly kind: 'none' }

/** How many due moments outside the window are passed over; about 10 µs each. */
const MOST_PASSED_OVER = 10_000

/** Without jitter. */
export function nextDue(timer: TimerDefinition, wallNow: Millis): NextDue {
  const { schedule, eager, window } = timer
  if (eager) return { kind: 'after_start', span: 0 }
  if (schedule.kind === 'adaptive') return { kind: 'after_start', span: schedule.initial }
  if (schedule.kind === 'interval' && !schedule.align) {
    return { kind: 'after_start', span: schedule.shift ?? schedule.interval }
  }
  const start = { sequence: 0, mono: 0, wall: wallNow }
  const cadence = cadenceOf(schedule, start)
  const zone = zoneNameOf(timer)
  let due = firstDue(cadence, start, false)
  for (let passed = 0; due !== undefined && passed < MOST_PASSED_OVER; passed++) {
    if (!window || isInside(window, due.wall)) {
      return { kind: 'at', wall: due.wall, offset: offsetOf(timer, due.wall), zone }
    }
    due = cadence.after(due, 0, wallNow)
  }
  return { kind: 'none' }
}

/** By how much the local time of a timer's zone is ahead of UTC at a moment. */
export function offsetOf(timer: TimerDefinition, wall: Millis): Millis {
  return zoneOf(zoneNameOf(timer)).offsetAt(wall)
}

/** Undefined: the machine's. */
function zoneNameOf({ schedule }: TimerDefinition): string | undefined {
  if (schedule.kind === 'interval') return 'UTC'
  return schedule.kind === 'adaptive' ? undefined : schedule.timezone
}
