/** What a start, `list` and `plan` warn of, though the services can run. */
import { machineZoneWarning } from './cron/machine-zone-warning.js'
import { SCOPED_OPTIONS, type ScopedOption, type ServiceDefinition, type TimerDefinition } from './definitions.js'

/** One sentence for each warning. */
export function definitionWarnings(services: readonly ServiceDefinition[]): readonly string[] {
  const zone = machineZoneWarning(services)
  return [...(zone === undefined ? [] : [zone]), ...passedOverWarnings(services)]
}

/** So many timers are named. */
const MOST_NAMED = 5

/** What the timers have in place of a default that their scope cannot have. */
const IN_PLACE: Readonly<Record<ScopedOption, string>> = {
  eager: 'they do not tick at the start',
  overlap: 'their overlap is "skip"',
  precise: 'their precise is false',
  breaker: 'they have no breaker',
}

function passedOverWarnings(services: readonly ServiceDefinition[]): readonly string[] {
  const timers = services.flatMap((service) => service.timers)
  return SCOPED_OPTIONS.flatMap((option) => {
    const found = timers.filter(({ passedOver = [] }) => passedOver.includes(option))
    if (found.length === 0) return []
    return `the default escapement.defaults.${option} does not fit the scope of ${named(found)}, so ${IN_PLACE[option]}; set ${option} on these timers to say what they are to have`
  })
}

function named(timers: readonly TimerDefinition[]): string {
  const names = timers.slice(0, MOST_NAMED).map(({ id, scope }) => `${id} (${scope})`)
  const left = timers.length - names.length
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '')
}
