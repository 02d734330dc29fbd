/** The user's configuration as plain data: how a key reaches into it, and how its text is read. */
export type ConfigData = Readonly<Record<string, unknown>>

/** A copy of configuration data in which text that spells a number or a boolean has become one. */
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

/** An object literal, or what YAML and JSON make; no class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** A copy with mapped values, without those that are undefined. */
export function mapValues(
  object: Readonly<Record<string, unknown>>,
  map: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(object).map(([key, value]) => [key, map(value, key)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
