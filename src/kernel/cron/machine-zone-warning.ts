import type { ServiceDefinition } from '../definitions.js'
import { machineZone, machineZoneProblem } from './machine-zone.js'

/** A warning about the variable `TZ`, when a timer depends on the time zone of the machine; else undefined. */
export function machineZoneWarning(services: readonly ServiceDefinition[]): string | undefined {
  const usesIt = services.some(({ timers }) =>
    timers.some(
      ({ schedule, window }) =>
        ((schedule.kind === 'cron' || schedule.kind === 'anchored') && schedule.timezone === undefined) ||
        (window !== undefined && window.timezone === undefined),
    ),
  )
  return usesIt ? machineZoneProblem(machineZone()) : undefined
}
