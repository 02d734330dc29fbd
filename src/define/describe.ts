/**
 * Turns the exports of a module into definitions, which are plain data. It creates no service objects, and of the user's code it
 * calls only interval functions, once each. It collects all problems before it throws.
 */
import type { ServiceDefinition } from '../kernel/definitions.js'
import { DefinitionError } from '../kernel/errors.js'
import type { Millis } from '../kernel/time.js'
import { type ConfigData, readText } from './config-data.js'
import { describeService } from './describe-service.js'
import { exportedServices, noServiceProblem } from './exported-services.js'
import { check, reading, reportTo } from './options/check.js'
import { defaultsSchema, type GivenOptions } from './options/timer-schema.js'

/** Settings from outside the module that descriptions depend on. Plain data. */
export interface DescribeSettings {
  /** The user's configuration, for `fromConfig()`. */
  readonly config: ConfigData
  /** `escapement.defaults`: options of every timer that does not set them. */
  readonly defaults: ConfigData
  /** `escapement.services`: by service name, options that override those in the module. */
  readonly services: Readonly<Record<string, ConfigData>>
  /** The machine's one-minute load average divided by its number of cores, for interval functions. */
  readonly load: number
  /** The wall clock: a cron expression must have an occurrence after it. */
  readonly now: Millis
  /** Name of the machine, for `spread`. */
  readonly host: string
}

/**
 * Describes every service a module exports, in the order of its exports.
 *
 * @throws DefinitionError (`ERR_DEFINITION`) with all problems that were found.
 */
export function describeModule(
  exports: Readonly<Record<string, unknown>>,
  moduleUrl: string,
  settings: DescribeSettings,
): ServiceDefinition[] {
  const problems: string[] = []
  const defaults = readDefaults(settings.defaults, problems)
  const exported = exportedServices(exports)
  if (exported.length === 0) problems.push(noServiceProblem(exports, moduleUrl))
  const definitions = exported.flatMap((service) => {
    const report = reportTo(problems, `the service exported as "${service.exportName}"`)
    return reading(report, () => describeService(service, moduleUrl, { ...settings, defaults }, problems)) ?? []
  })
  problems.push(...duplicateNames(definitions, moduleUrl))
  if (problems.length > 0) throw new DefinitionError('ERR_DEFINITION', problems)
  return definitions
}

/** Checks the defaults. Invalid defaults are reported once and ignored, so that they are not reported again for each timer. */
function readDefaults(given: ConfigData, problems: string[]): GivenOptions {
  return check(defaultsSchema, readText(given), reportTo(problems, 'configuration: escapement.defaults')) ?? {}
}

function duplicateNames(definitions: readonly ServiceDefinition[], moduleUrl: string): string[] {
  const first = new Map<string, string>()
  return definitions.flatMap(({ name, exportName }) => {
    const other = first.get(name)
    if (other === undefined) first.set(name, exportName)
    return other === undefined
      ? []
      : [`${moduleUrl}: ${other} and ${exportName} are both named "${name}"; rename one of them`]
  })
}
