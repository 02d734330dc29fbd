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

// A global symbol: a marker made by one copy of this package is understood by another.
const MARK: unique symbol = Symbol.for('escapement.fromConfig')

/** Stands for a value of the configuration. Make it with {@link fromConfig}. */
export interface FromConfig<Value = unknown> {
  readonly [MARK]: true
  readonly key: string
  readonly fallback?: Value | FromConfig<Value>
}

/** An option that may also be read from the configuration. */
export type Configurable<Value> = Value | FromConfig<Value>

/**
 * Reads an option from the configuration when the class is described: an interval, a cron expression, a time zone or
 * any other option that is not a function, also deep inside of `retry`, `breaker` or `window`.
 *
 * @param key Key of the configuration. Dots reach into nested objects (`sync.interval`); an exact key wins over a path.
 * @param fallback Used when the key is absent or null (an environment variable without a value): a value as it would be
 *   written in place of the marker, or another marker. Without one, an absent key is an error.
 *
 * Text that spells a number or a boolean, as environment variables leave it, counts as that number or boolean.
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

/** Told of a marker that leads nowhere: where it stands (names of nested options), and what is wrong with it. */
export type ReportMarker = (path: readonly string[], problem: string) => void

/**
 * A copy of what the user wrote with every marker replaced by its value. Keys that are undefined are left out; what is
 * no plain object or array is passed on as it is. A marker without a value becomes undefined and is reported.
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

/** The value of an option that may be a marker itself and has no markers inside, such as an interval. */
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
