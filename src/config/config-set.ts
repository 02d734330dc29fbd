/** Implements `--set a.b=c`: overrides single values of a configuration. */
import { ConfigError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { ConfigContents } from './config-file.js'
import { writtenValue } from './plain-value.js'

/**
 * Returns a copy of `config` with `a.b=value` applied. The value is read by the rule of
 * plain-value.ts, and missing parents are created.
 *
 * @throws ConfigError when the assignment is malformed, or when a parent is not a mapping.
 */
export function applySetting(config: ConfigContents, assignment: string): ConfigContents {
  const equals = assignment.indexOf('=')
  const key = assignment.slice(0, equals)
  const path = key.split('.')
  if (equals < 1 || path.includes('')) {
    // The value may be a secret.
    const given = equals < 0 ? assignment : `${key}=...`
    throw new ConfigError(
      'ERR_CONFIG_SET',
      `--set ${given}: expected KEY=VALUE or A.B=VALUE, e.g. --set SYNC_BATCH_SIZE=50`,
    )
  }
  return withValue(config, [], path, parseValue(key, assignment.slice(equals + 1)))
}

function parseValue(key: string, text: string): unknown {
  try {
    return writtenValue(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(
      'ERR_CONFIG_SET',
      `--set ${key}: the value begins as a list, a mapping or quoted text and does not end as one: ${reason}`,
      { cause: error },
    )
  }
}

function withValue(
  config: ConfigContents,
  above: readonly string[],
  [key, ...rest]: readonly string[],
  value: unknown,
): ConfigContents {
  if (rest.length === 0) return { ...config, [key!]: value }
  const path = [...above, key!]
  const inner = Object.hasOwn(config, key!) ? (config[key!] ?? {}) : {}
  if (typeof inner !== 'object' || Array.isArray(inner)) {
    const given = Array.isArray(inner) ? 'a list' : typeof inner === 'string' ? 'text' : show(inner)
    throw new ConfigError(
      'ERR_CONFIG_SET',
      `--set ${[...path, ...rest].join('.')}: ${path.join('.')} is ${given} and has no keys; set it as a whole`,
    )
  }
  return { ...config, [key!]: withValue(inner as ConfigContents, path, rest, value) }
}
