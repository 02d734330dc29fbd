/**
 * From what a module exports to plain definitions. Nothing is instantiated and nothing of the user's is called, apart
 * from interval functions, which are asked once. Everything that is wrong is found before anything is thrown.
 */
import type { ServiceDefinition } from '../kernel/definitions.js'
import { DefinitionError } from '../kernel/errors.js'
import type { Millis } from '../kernel/time.js'
import { type ConfigData, readText } from './config-data.js'
import { describeService } from './describe-service.js'
import { exportedServices, noServiceProblem } from './exported-services.js'
import { check, reading, reportTo } from './options/check.js'
import { defaultsSchema, type GivenOptions } from './options/timer-schema.js'

/** What services are described against: plain data. */
export interface DescribeSettings {
  /** The user's configuration, for `fromConfig()`. */
  readonly config: ConfigData
  /** `escapement.defaults`: options of every timer that does not set them. */
  readonly defaults: ConfigData
  /** `escapement.services`: options of single services, by name, above their own. */
  readonly services: Readonly<Record<string, ConfigData>>
  /** The machine's one-minute load average divided by its number of cores, for interval functions. */
  readonly load: number
  /** The wall clock: a cron expression must have an occurrence after it. */
  readonly now: Millis
}

/**
 * Describes every service a module exports, in the order of its exports.
 *
 * @throws DefinitionError (`ERR_DEFINITION`) with one problem for each thing that is wrong.
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

/** The checked defaults; none when they are wrong, so that no timer is blamed for it. */
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
