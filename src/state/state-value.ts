/** Converts state values to bytes and back: every value that `v8.serialize` accepts and restores unchanged. */
import { types } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { UsageError } from '../kernel/errors.js'

/** `call`: the call that stores the value, for messages. Throws a UsageError when the value could not be restored unchanged. */
export function encodeValue(value: unknown, call: string): Uint8Array {
  try {
    const problem = lossyPart(value, new Set())
    if (problem === undefined) return serialize(value)
    throw refusal(call, problem)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw refusal(call, ` cannot be stored (${error instanceof Error ? error.message : error})`, { cause: error })
  }
}

function refusal(call: string, problem: string, options?: ErrorOptions): UsageError {
  const expected = 'plain data: objects, arrays, Map, Set, Date, BigInt, typed arrays and the like'
  return new UsageError('ERR_STATE_VALUE', `${call}: the value${problem}; expected ${expected}`, options)
}

export function decodeValue(bytes: Uint8Array): unknown {
  // Deserialized typed arrays are views of the bytes. A copy protects the bytes in the state store from changes.
  return deserialize(new Uint8Array(bytes))
}

/** Path and problem of the first part that would not be restored unchanged; `seen` ends the recursion on circular values. */
function lossyPart(value: unknown, seen: Set<object>): string | undefined {
  if (typeof value === 'function') return ` is a function${value.name ? ` (${value.name})` : ''}`
  if (typeof value === 'symbol') return ` is a symbol (${String(value)})`
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  const className = classOf(value)
  if (className !== undefined) return ` is an instance of ${className}, which would lose its class`
  if (Array.isArray(value)) return lossyEntry(value.entries(), seen)
  if (types.isMap(value)) return lossyEntry(value.entries(), seen) ?? lossyEntry(keysOf(value), seen)
  if (types.isSet(value)) return lossyEntry(value.entries(), seen)
  return isSpecialObject(value) ? undefined : lossyEntry(Object.entries(value), seen)
}

function lossyEntry(entries: Iterable<readonly [unknown, unknown]>, seen: Set<object>): string | undefined {
  for (const [key, value] of entries) {
    const problem = lossyPart(value, seen)
    if (problem !== undefined) return `${pathOf(key)}${problem}`
  }
  return undefined
}

function* keysOf(map: ReadonlyMap<unknown, unknown>): Iterable<readonly [unknown, unknown]> {
  for (const key of map.keys()) yield ['key', key]
}

function pathOf(key: unknown): string {
  if (typeof key === 'string') return /^[a-zA-Z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
  return typeof key === 'number' ? `[${key}]` : '[...]'
}

/** Built-in objects that are restored unchanged although they are not plain, or that `serialize` itself refuses. */
function isSpecialObject(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isBoxedPrimitive(value) ||
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isProxy(value)
  )
}

/** The name of an object's class; undefined for plain objects and built-in classes. */
function classOf(value: object): string | undefined {
  const prototype: object | null = Object.getPrototypeOf(value)
  // A plain object, possibly of another realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined
  const prototypeConstructor = prototype.constructor
  const isOwn = Array.isArray(value) || types.isMap(value) || types.isSet(value) || isSpecialObject(value)
  if (isOwn && !/^class\b/.test(Function.prototype.toString.call(prototypeConstructor))) return undefined
  return prototypeConstructor.name || 'a class'
}
