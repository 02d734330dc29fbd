/** Turns the argument of `defineService` into the entries that decorators would have recorded. */
import { show } from '../kernel/suggest.js'
import type { DefinedService } from './define-service.js'
import type { EntrypointEntry, PropertyInjection } from './entries.js'
import type { Report } from './options/check.js'

/** Keys of the argument that are not options of the service itself. */
const PARTS = ['create', 'dependencies', 'timers', 'crons', 'rpcs']

/** The options that `@service` would have received. */
export function definedOptions({ blueprint }: DefinedService): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(blueprint).filter(([name]) => !PARTS.includes(name)))
}

/** The entries that decorators of the methods would have recorded. Unreadable parts are reported and left out. */
export function definedEntries({ blueprint }: DefinedService, report: Report): EntrypointEntry[] {
  const timers = methodsIn(blueprint.timers, 'timers', '{ interval: 60 }', report)
  const crons = methodsIn(blueprint.crons, 'crons', "{ expression: '0 18 * * *' }", report)
  return [
    ...timers.map(
      ([method, { interval, ...options }]): EntrypointEntry => ({ kind: 'timer', method, interval, options }),
    ),
    ...crons.map(
      ([method, { expression, ...options }]): EntrypointEntry => ({ kind: 'cron', method, expression, options }),
    ),
    ...methodNames(blueprint.rpcs, report).map((method): EntrypointEntry => ({ kind: 'rpc', method })),
  ]
}

/** The injections for `create`: one for each dependency, under its name. */
export function definedInjections({ blueprint }: DefinedService, report: Report): PropertyInjection[] {
  const { dependencies = {}, create } = blueprint
  if (typeof create !== 'function') {
    report(`option "create" must be a function that returns the service, got ${show(create)}`)
  }
  if (!isRecord(dependencies)) {
    report(`option "dependencies" must be an object of dependency providers, got ${show(dependencies)}`)
    return []
  }
  return Object.entries(dependencies).flatMap(([property, wanted]): PropertyInjection[] => {
    const [token, ...args] = Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]
    if (token !== undefined && token !== null) return [{ property, token, args }]
    report(`option "dependencies.${property}" must be a dependency provider, got ${show(wanted)}`)
    return []
  })
}

function methodsIn(
  part: unknown,
  name: string,
  example: string,
  report: Report,
): [method: string, given: Readonly<Record<string, unknown>>][] {
  if (part === undefined) return []
  if (!isRecord(part)) {
    report(`option "${name}" must be an object such as { method: ${example} }, got ${show(part)}`)
    return []
  }
  return Object.entries(part).flatMap(([method, given]) => {
    const isList = Array.isArray(given) && given.length > 0
    const items: readonly unknown[] = isList ? given : [given]
    return items.flatMap((item, index): [string, Readonly<Record<string, unknown>>][] => {
      if (isRecord(item)) return [[method, item]]
      const where = isList ? `${method}.${index}` : method
      report(`option "${name}.${where}" must be an object such as ${example}, got ${show(item)}`)
      return []
    })
  })
}

function methodNames(part: unknown, report: Report): string[] {
  if (part === undefined) return []
  if (Array.isArray(part) && part.every((name) => typeof name === 'string')) return part
  report(`option "rpcs" must be a list of method names, got ${show(part)}`)
  return []
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
