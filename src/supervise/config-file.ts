/**
 * Reads a configuration file: YAML, JSON, or a JavaScript module whose default export is the configuration.
 *
 * In YAML and JSON, placeholders of the environment are filled in. An unquoted YAML scalar is parsed again after that,
 * so `${N:100}` is a number; a quoted one stays a string.
 */
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse, parseDocument, visit } from 'yaml'
import { ConfigError } from '../kernel/errors.js'
import { type Environment, hasPlaceholder, interpolate } from './interpolate.js'

export type Config = Record<string, unknown>

export async function readConfigFile(path: string, environment: Environment): Promise<Config> {
  const file = resolve(path)
  switch (extname(file)) {
    case '.yaml':
    case '.yml':
    case '.json':
      return parseConfig(await readText(file), file, environment)
    case '.js':
    case '.mjs':
    case '.cjs':
      return asObject((await importModule(file)).default, file)
    default:
      throw new ConfigError(
        'ERR_CONFIG_FORMAT',
        `${path}: expected a .yaml, .yml, .json, .js, .mjs or .cjs file as configuration`,
      )
  }
}

/** Parses YAML, and so JSON too. */
export function parseConfig(text: string, file: string, environment: Environment): Config {
  const document = parseDocument(text, { prettyErrors: true })
  const [error] = document.errors
  if (error) throw new ConfigError('ERR_CONFIG_SYNTAX', `${file}: ${error.message}`, { cause: error })
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !hasPlaceholder(node.value)) return
      const value = interpolate(node.value, environment)
      node.value = value === undefined || node.type !== 'PLAIN' ? (value ?? null) : reparse(value, file)
    },
  })
  return asObject(document.toJS() ?? {}, file)
}

function reparse(value: string, file: string): unknown {
  try {
    return parse(value)
  } catch (error) {
    throw new ConfigError('ERR_CONFIG_SYNTAX', `${file}: ${JSON.stringify(value)} from the environment is not YAML`, {
      cause: error,
    })
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ConfigError('ERR_CONFIG_READ', `cannot read the configuration file ${file}: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

async function importModule(file: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw new ConfigError(
      'ERR_CONFIG_READ',
      `the configuration module ${file} cannot be imported: ${reasonOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function asObject(value: unknown, file: string): Config {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Config
  throw new ConfigError('ERR_CONFIG_SHAPE', `${file}: expected a mapping of keys to values at the top level`)
}

/** Applies `a.b=value` on top of a configuration; the value is parsed as YAML. */
export function applySetting(config: Config, assignment: string): Config {
  const equals = assignment.indexOf('=')
  if (equals < 1) {
    throw new ConfigError('ERR_CONFIG_SET', `--set ${assignment}: expected KEY=VALUE, e.g. --set SYNC_BATCH_SIZE=50`)
  }
  const path = assignment.slice(0, equals).split('.')
  return withValue(config, path, reparse(assignment.slice(equals + 1), '--set'))
}

function withValue(config: Config, [key, ...rest]: readonly string[], value: unknown): Config {
  if (rest.length === 0) return { ...config, [key!]: value }
  const inner = config[key!]
  const base = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Config) : {}
  return { ...config, [key!]: withValue(base, rest, value) }
}
