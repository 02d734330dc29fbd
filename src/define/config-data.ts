/** The user's configuration as plain data: looks up keys, and reads text as numbers and booleans. */
export type ConfigData = Readonly<Record<string, unknown>>

/** Copies configuration data; text that spells a number or a boolean becomes that number or boolean. */
export function readText(value: unknown): unknown {
  if (typeof value === 'string') {
    const text = value.trim()
    if (NUMBER.test(text)) return Number(text)
    return text === 'true' ? true : text === 'false' ? false : value
  }
  if (Array.isArray(value)) return value.map(readText)
  return isPlainObject(value) ? mapValues(value, readText) : value
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** True for an object literal or an object from YAML or JSON; false for an object of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Copies an object with mapped values and leaves out undefined ones. */
export function mapValues(
  object: Readonly<Record<string, unknown>>,
  map: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(object).map(([key, value]) => [key, map(value, key)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
