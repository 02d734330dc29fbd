import type { Schedule } from '../kernel/definitions.js'
import { anchoredTimes } from './anchored-times.js'
import type { Cadence, Moment } from './cadence.js'
import { gridFrom, gridOf } from './grid.js'
import { Occurrences } from './occurrences.js'
import { wallCadence } from './wall-cadence.js'

/** The cadence of a schedule that starts at a moment (sequence 0, both clocks read at the same instant). */
export function cadenceOf(schedule: Schedule, start: Moment): Cadence {
  switch (schedule.kind) {
    case 'interval':
      return gridOf(schedule, start)
    case 'adaptive':
      return gridFrom(start, schedule.initial)
    case 'anchored':
      return wallCadence(anchoredTimes(schedule))
    case 'cron':
      return wallCadence(new Occurrences(schedule.expression, schedule.timezone))
  }
}
