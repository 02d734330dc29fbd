/** Finds the services among the exports of a module. */
import { isPlainObject } from './config-data.js'
import { isClass } from './decorator-target.js'
import type { ServiceClass } from './entries.js'
import { readEntrypoints } from './metadata.js'
import { isServiceSource, type ServiceSource } from './service-source.js'

export interface ExportedService {
  /** Name of the export; `default.name` for a service inside a default export that is an object (CommonJS). */
  readonly exportName: string
  readonly source: ServiceSource
}

/** Returns every service once, under the first name that exports it. */
export function exportedServices(exports: Readonly<Record<string, unknown>>): ExportedService[] {
  const found = new Map<ServiceSource, string>()
  for (const [exportName, value] of exportsOf(exports)) {
    if (isServiceSource(value) && !found.has(value)) found.set(value, exportName)
  }
  return [...found].map(([source, exportName]) => ({ exportName, source }))
}

/** Returns the service under an export name of {@link exportedServices}; undefined when the module has changed since. */
export function serviceAt(exports: Readonly<Record<string, unknown>>, exportName: string): ServiceSource | undefined {
  return exportedServices(exports).find((exported) => exported.exportName === exportName)?.source
}

/** Says that a module exports no service, what it exports, and what was expected. */
export function noServiceProblem(exports: Readonly<Record<string, unknown>>, moduleUrl: string): string {
  const all = exportsOf(exports)
  const seen = all.length === 0 ? 'nothing' : all.map(([name, value]) => `${name} (${kindOf(value)})`).join(', ')
  const forgotten = all.filter(([, value]) => isUnmarked(value)).map(([name]) => name)
  const hint = forgotten.length === 0 ? '' : `; mark ${forgotten.join(', ')} with @service('name')`
  return `${moduleUrl}: expected it to export a class marked @service('name') or the result of defineService(), but it exports ${seen}${hint}`
}

/**
 * Lists every export, then the members of a default export that is an object: Node does not find every name in the
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

/** Reads an export; undefined when its getter throws or its binding was never initialised. */
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
