/**
 * Reads a configuration file: YAML, JSON, or a JavaScript or TypeScript module whose default export is the configuration.
 *
 * In YAML and JSON, placeholders of the environment are filled in. An unquoted YAML scalar is parsed again after that,
 * so `${N:100}` is a number; a quoted one stays text.
 */
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { type Document, parse, parseDocument, type Scalar, visit } from 'yaml'
import { ConfigError } from '../kernel/errors.js'
import type { AskConfigModule } from './config-module.js'
import { PARSED_TAG, RAW_TAG, TAGS } from './config-tags.js'
import { type Environment, hasPlaceholder, interpolate } from './interpolate.js'

export type Config = Record<string, unknown>

/** @throws ConfigError when it cannot be read, or is no configuration. */
export async function readConfigFile(path: string, environment: Environment, ask: AskConfigModule): Promise<Config> {
  const file = resolve(path)
  switch (extname(file)) {
    case '.yaml':
    case '.yml':
    case '.json':
      return parseConfig(await readText(file), file, environment)
    case '.js':
    case '.mjs':
    case '.cjs':
    case '.ts':
    case '.mts':
    case '.cts': {
      const { readConfigModule } = await import('./config-module.js')
      return readConfigModule(file, ask)
    }
    default:
      throw new ConfigError(
        'ERR_CONFIG_FORMAT',
        `${path}: expected a .yaml, .yml, .json, .js, .mjs, .cjs, .ts, .mts or .cts file as configuration`,
      )
  }
}

/** Parses YAML, and so JSON too. */
export function parseConfig(text: string, file: string, environment: Environment): Config {
  const document = parseDocument(text, { prettyErrors: true, customTags: TAGS })
  const [trouble] = [...document.errors, ...document.warnings]
  if (trouble) {
    // The first line says what and where; the others repeat the line of the file, which may hold a secret.
    const what = trouble.message.split('\n', 1)[0]!.replace(/:$/, '')
    const hint = placeholderHint(text, trouble.linePos?.[0].line)
    throw new ConfigError('ERR_CONFIG_SYNTAX', `${file}: ${what}${hint}`, { cause: trouble })
  }
  fillIn(document, file, environment)
  const config: unknown = document.toJS() ?? {}
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config
  throw new ConfigError('ERR_CONFIG_SHAPE', `${file}: expected a mapping of keys to values at the top level`)
}

function fillIn(document: Document, file: string, environment: Environment): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !hasPlaceholder(node.value)) return
      const value = interpolate(node.value, environment)
      if (value === undefined) node.value = node.tag === RAW_TAG ? '' : null
      else node.value = isParsed(node) ? reparse(value, node.value, file) : value
    },
  })
}

function isParsed({ tag, type }: Scalar): boolean {
  return tag === PARSED_TAG || (type === 'PLAIN' && tag !== RAW_TAG)
}

/** The value may be a secret, so errors show the placeholder instead. */
function reparse(value: string, placeholder: string, file: string): unknown {
  try {
    return parse(value, { prettyErrors: false })
  } catch (error) {
    throw new ConfigError(
      'ERR_CONFIG_SYNTAX',
      `${file}: what ${placeholder} stands for is not YAML; in quotes ("${placeholder}") it is taken as text`,
      { cause: error },
    )
  }
}

function placeholderHint(text: string, line: number | undefined): string {
  const source = text.split('\n')[(line ?? 1) - 1] ?? ''
  if (!/[[{,][^"']*\$\{/.test(source)) return ''
  return ': between { } or [ ] a placeholder needs quotes'
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError('ERR_CONFIG_READ', `cannot read the configuration file ${file}: ${reason}`, {
      cause: error,
    })
  }
}
