/**
 * Options read from the user's configuration: `@timer(fromConfig('CLEANUP_INTERVAL', 60))`.
 *
 * The marker stands for a value until the class is described, when the configuration is known.
 */

import { valueAt } from '../../kernel/config-value.js'
import { DefinitionError } from '../../kernel/errors.js'
import { didYouMean, show } from '../../kernel/suggest.js'
import { type ConfigData, isPlainObject, mapValues, readText } from '../config-data.js'
import type { Parsed } from './parsed.js'

// A global symbol: one copy of this package recognises a marker that another copy made.
const MARK: unique symbol = Symbol.for('escapement.fromConfig')

/** A marker that stands for a value of the configuration. Create it with {@link fromConfig}. */
export interface FromConfig<Value = unknown> {
  readonly [MARK]: true
  readonly key: string
  readonly fallback?: Value | FromConfig<Value>
}

/** A value, or a marker for a value of the configuration. */
export type Configurable<Value> = Value | FromConfig<Value>

/**
 * Reads an option from the configuration when the class is described: an interval, a cron expression, a time zone or
 * any other option that is not a function. It also works inside `retry`, `breaker` and `window`.
 *
 * @param key Key of the configuration. Dots reach into nested objects (`sync.interval`); an exact key wins over a path.
 * @param fallback Used when the key is absent or null (an environment variable without a value): a value that could be
 *   written in place of the marker, or another marker. Without a fallback, an absent key is an error.
 *
 * Text that spells a number or a boolean, as in environment variables, is read as that number or boolean.
 */
export function fromConfig<Value>(key: string, fallback?: Configurable<Value>): FromConfig<Value> {
  if (typeof key !== 'string' || key === '') {
    throw new DefinitionError('ERR_DEFINITION', [
      `fromConfig() expects the key of a configuration value, got ${show(key)}`,
    ])
  }
  if (typeof fallback === 'function') {
    throw new DefinitionError('ERR_DEFINITION', [
      `fromConfig(${show(key)}): a configuration holds data, so the fallback cannot be a function`,
    ])
  }
  return Object.freeze({ [MARK]: true as const, key, ...(fallback !== undefined && { fallback }) })
}

/** Receives the path (names of nested options) and the problem of a marker that has no value. */
export type ReportMarker = (path: readonly string[], problem: string) => void

/**
 * Copies a user's options and replaces every marker with its value. Undefined keys are left out. Only plain objects and arrays
 * are copied; other values are kept as they are. A marker without a value is reported and becomes undefined.
 */
export function resolveMarkers(
  value: unknown,
  config: ConfigData,
  report: ReportMarker,
  path: readonly string[] = [],
): unknown {
  if (isMarker(value)) {
    const found = valueAt(config, value.key)
    if (found !== undefined && found !== null) return readText(found)
    if (value.fallback !== undefined) return resolveMarkers(value.fallback, config, report, path)
    const hint = didYouMean(value.key, Object.keys(config))
    report(path, `is read from "${value.key}" of the configuration, which is not set and has no fallback${hint}`)
    return undefined
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveMarkers(item, config, report, [...path, String(index)]))
  }
  if (isPlainObject(value)) {
    return mapValues(value, (inner, key) => resolveMarkers(inner, config, report, [...path, key]))
  }
  return value
}

/** Resolves an option that may be a marker but contains none, such as an interval. */
export function resolveValue(input: unknown, config: ConfigData): Parsed<unknown> {
  let missing: string | undefined
  const value = resolveMarkers(input, config, (_path, problem) => {
    missing = problem
  })
  return missing === undefined ? { value } : { problem: missing }
}

function isMarker(value: unknown): value is FromConfig {
  return typeof value === 'object' && value !== null && MARK in value
}
