/** Which of a module's exports are services, under which names. */
import { isPlainObject } from './config-data.js'
import { isClass } from './decorator-target.js'
import type { ServiceClass } from './entries.js'
import { readEntrypoints } from './metadata.js'
import { isServiceSource, type ServiceSource } from './service-source.js'

export interface ExportedService {
  /** Of the export; `default.name` when it was found inside of an object that is the default export (CommonJS). */
  readonly exportName: string
  readonly source: ServiceSource
}

/** Every service once, under the first name that leads to it. */
export function exportedServices(exports: Readonly<Record<string, unknown>>): ExportedService[] {
  const found = new Map<ServiceSource, string>()
  for (const [exportName, value] of exportsOf(exports)) {
    if (isServiceSource(value) && !found.has(value)) found.set(value, exportName)
  }
  return [...found].map(([source, exportName]) => ({ exportName, source }))
}

/** The service under a name that {@link exportedServices} gave; undefined when the module has changed since. */
export function serviceAt(exports: Readonly<Record<string, unknown>>, exportName: string): ServiceSource | undefined {
  return exportedServices(exports).find((exported) => exported.exportName === exportName)?.source
}

/** Why a module has no services: what it exports, and what was expected. */
export function noServiceProblem(exports: Readonly<Record<string, unknown>>, moduleUrl: string): string {
  const all = exportsOf(exports)
  const seen = all.length === 0 ? 'nothing' : all.map(([name, value]) => `${name} (${kindOf(value)})`).join(', ')
  const forgotten = all.filter(([, value]) => isUnmarked(value)).map(([name]) => name)
  const hint = forgotten.length === 0 ? '' : `; mark ${forgotten.join(', ')} with @service('name')`
  return `${moduleUrl}: expected it to export a class marked @service('name') or the result of defineService(), but it exports ${seen}${hint}`
}

/**
 * Every export, and after them what is in a default export that is an object: Node does not recognise every name in the
 * `module.exports = { ... }` of a CommonJS module.
 */
function exportsOf(exports: unknown): [name: string, value: unknown][] {
  const direct = membersOf(exports)
  const whole = direct.find(([name]) => name === 'default')?.[1]
  if (!isPlainObject(whole)) return direct
  return [...direct, ...membersOf(whole).map(([name, value]): [string, unknown] => [`default.${name}`, value])]
}

function membersOf(object: unknown): [name: string, value: unknown][] {
  if (typeof object !== 'object' || object === null) return []
  return Object.keys(object).map((name) => [name, read(object, name)])
}

/** An export may be a getter that throws, or a binding that was never initialised: neither is a service. */
function read(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name)
  } catch {
    return undefined
  }
}

function isUnmarked(value: unknown): boolean {
  return typeof value === 'function' && readEntrypoints(value as ServiceClass).length > 0
}

function kindOf(value: unknown): string {
  if (isUnmarked(value)) return 'a class with entrypoints but without @service of its own'
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  return isClass(value) ? 'a class' : `a ${typeof value}`
}
