import type { Schedule } from '../kernel/definitions.js'
import type { Cadence, Moment } from './cadence.js'
import { cronCadence } from './cron-cadence.js'
import { alignedGrid, gridFrom } from './grid.js'
import { Occurrences } from './occurrences.js'

/** The cadence of a schedule that starts at a moment (sequence 0, both clocks read at the same instant). */
export function cadenceOf(schedule: Schedule, start: Moment): Cadence {
  switch (schedule.kind) {
    case 'interval':
      return schedule.align ? alignedGrid(start, schedule.interval) : gridFrom(start, schedule.interval)
    case 'adaptive':
      return gridFrom(start, schedule.initial)
    case 'cron':
      return cronCadence(new Occurrences(schedule.expression, schedule.timezone))
  }
}
