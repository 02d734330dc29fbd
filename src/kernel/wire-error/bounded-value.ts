/**
 * A copy of any value that is small, is plain data and can be cloned: what an error's field becomes on its way to another thread.
 *
 * Binary data becomes its type and length (`Buffer(1000000)`), a function its name, an object of a class its fields. What is
 * cut off leaves a mark with how much there was. Getters that throw and proxies that refuse leave a mark too.
 */
import { cutText } from './cut-text.js'

/** What a value may take of the space of its error. Unit: characters. */
export interface Budget {
  left: number
}

const MAX_DEPTH = 4
/** Of one object, list, map or set. */
const MAX_ENTRIES = 64
const MAX_TEXT = 1_024
/** What an entry takes beside its text: quotes, comma, colon. */
const ENTRY_COST = 4

export function boundedValue(value: unknown, budget: Budget, depth = 1): unknown {
  if (typeof value === 'string') return takeText(value, budget)
  if (typeof value === 'bigint') return takeText(`${value}n`, budget)
  if (typeof value === 'function') return takeText(`[function ${nameOf(value)}]`, budget)
  if (typeof value === 'symbol') return takeText(String(value), budget)
  if (typeof value !== 'object' || value === null) {
    budget.left -= ENTRY_COST
    return value
  }
  try {
    return boundedObject(value, budget, depth)
  } catch (problem) {
    return takeText(`[cannot be read: ${problemText(problem)}]`, budget)
  }
}

function boundedObject(value: object, budget: Budget, depth: number): unknown {
  if (ArrayBuffer.isView(value)) return takeText(`${nameOf(value.constructor)}(${value.byteLength})`, budget)
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return takeText(`${nameOf(value.constructor)}(${value.byteLength})`, budget)
  }
  if (value instanceof Date)
    return takeText(Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString(), budget)
  if (value instanceof RegExp) return takeText(String(value), budget)
  if (depth > MAX_DEPTH) return takeText(Array.isArray(value) ? `[list of ${value.length}]` : '[object]', budget)
  if (Array.isArray(value)) return boundedList(value, value.length, budget, depth)
  if (value instanceof Set) return boundedList(value, value.size, budget, depth)
  if (value instanceof Map) return boundedEntries(stringKeys(value), value.size, budget, depth)
  const keys = Object.keys(value)
  return boundedEntries(fieldsOf(value, keys), keys.length, budget, depth)
}

function boundedList(values: Iterable<unknown>, length: number, budget: Budget, depth: number): unknown[] {
  const list: unknown[] = []
  for (const value of values) {
    if (list.length >= MAX_ENTRIES || budget.left <= 0) break
    list.push(boundedValue(value, budget, depth + 1))
  }
  if (list.length < length) list.push(`[${length - list.length} more]`)
  return list
}

/** The first entries of an object, with a mark for those that are left out. */
export function boundedEntries(
  entries: Iterable<readonly [string, () => unknown]>,
  length: number,
  budget: Budget,
  depth: number,
): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  let count = 0
  for (const [key, read] of entries) {
    if (count >= MAX_ENTRIES || budget.left <= 0) break
    count++
    budget.left -= ENTRY_COST
    // Defined, not assigned: `__proto__` is a key like any other.
    Object.defineProperty(object, takeText(key, budget), {
      value: readValue(read, budget, depth),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  if (count < length) object['...'] = `${length - count} more fields`
  return object
}

export function* fieldsOf(value: object, keys: readonly string[]): Iterable<readonly [string, () => unknown]> {
  for (const key of keys) yield [key, () => (value as Record<string, unknown>)[key]]
}

function* stringKeys(map: ReadonlyMap<unknown, unknown>): Iterable<readonly [string, () => unknown]> {
  for (const [key, value] of map) yield [typeof key === 'object' ? '[object]' : String(key), () => value]
}

function readValue(read: () => unknown, budget: Budget, depth: number): unknown {
  try {
    return boundedValue(read(), budget, depth + 1)
  } catch (problem) {
    return takeText(`[cannot be read: ${problemText(problem)}]`, budget)
  }
}

function takeText(text: string, budget: Budget): string {
  const cut = cutText(text, Math.min(MAX_TEXT, Math.max(0, budget.left)))
  budget.left -= cut.length
  return cut
}

function nameOf(value: unknown): string {
  try {
    const { name } = value as { name?: unknown }
    return typeof name === 'string' && name !== '' ? cutText(name, 64) : 'without a name'
  } catch {
    return 'without a name'
  }
}

function problemText(problem: unknown): string {
  try {
    return cutText(String((problem as { message?: unknown } | null)?.message ?? problem), 128)
  } catch {
    return 'an unreadable error'
  }
}
