/** Reads a configuration module: its default export, or the result of that export if it is a function. */
import { pathToFileURL } from 'node:url'
import { show } from '../kernel/suggest.js'
import type { ReadConfigReply, ReadConfigRequest } from '../kernel/thread-questions.js'
import { loadModule } from './load-module.js'

export async function answerReadConfig({ file }: ReadConfigRequest): Promise<ReadConfigReply> {
  try {
    const exported = await defaultExport(file)
    const config: unknown = typeof exported === 'function' ? await exported() : exported
    const problem = problemOf(config, typeof exported === 'function' ? 'function of its default export' : 'module')
    if (problem !== undefined) return { kind: 'config_refused', problem }
    return { kind: 'config_read', config: config as Record<string, unknown> }
  } catch (error) {
    return { kind: 'config_refused', problem: `it cannot be read: ${thrownText(error, file)}` }
  }
}

async function defaultExport(file: string): Promise<unknown> {
  const { default: exported } = await loadModule(pathToFileURL(file).href)
  // In TypeScript compiled to CommonJS, the default export is a property of the default export.
  const isWrapped = typeof exported === 'object' && exported !== null && '__esModule' in exported
  return isWrapped ? (exported as { default?: unknown }).default : exported
}

function problemOf(config: unknown, source: string): string | undefined {
  if (config === undefined && source === 'module') return 'it has no default export: export default { ... }'
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    return `expected the ${source} to give an object of keys and values, got ${show(config)}`
  }
  const stuck = firstUncloneable(config, [], new Set())
  return stuck && `${stuck}, and a configuration is plain data: it is copied to other threads`
}

/** Names the first value that cannot be copied (`database.onError is a function`); undefined when all values can. */
function firstUncloneable(value: unknown, path: readonly string[], seen: Set<unknown>): string | undefined {
  if (isCloneable(value)) return undefined
  if (typeof value !== 'object' || value === null) return `${path.join('.')} is ${nameOf(value)}`
  if (seen.has(value)) return undefined
  seen.add(value)
  for (const [key, inner] of membersOf(value)) {
    const found = firstUncloneable(inner, [...path, key], seen)
    if (found !== undefined) return found
  }
  return path.length === 0 ? `it is ${nameOf(value)}` : `${path.join('.')} is ${nameOf(value)}`
}

function membersOf(value: object): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([key, inner]) => [String(key), inner])
  if (value instanceof Set) return [...value].map((inner, index) => [String(index), inner])
  return Object.entries(value)
}

function nameOf(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name ?? 'an object'
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** Describes the error in one line, with the line number in the file if it is known. */
function thrownText(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw ${show(error)}`
  const place = error.stack
    ?.split('\n')
    .find((line) => line.trimStart().startsWith('at ') && line.includes(file))
    ?.match(/:(\d+):\d+\)?$/)?.[1]
  return `${error.name}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}${place ? ` (line ${place})` : ''}`
}
