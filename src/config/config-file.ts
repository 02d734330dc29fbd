/**
 * Reads a configuration file: YAML, JSON, or a JavaScript or TypeScript module whose default export is the configuration.
 *
 * In YAML and JSON, placeholders are replaced by environment variables. In an unquoted scalar the result follows the rule of
 * plain-value.ts, so `${N:100}` is a number; a quoted scalar stays text.
 */
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { type Document, parse, parseDocument, type Scalar, visit } from 'yaml'
import { ConfigError } from '../kernel/errors.js'
import type { AskConfigModule } from './config-module.js'
import { PARSED_TAG, RAW_TAG, TAGS } from './config-tags.js'
import { type Environment, hasPlaceholder, type Interpolated, interpolate } from './interpolate.js'
import { plainValue, writtenValue } from './plain-value.js'

export type ConfigContents = Record<string, unknown>

/** @throws ConfigError when the file cannot be read or is not a configuration. */
export async function readConfigFile(
  path: string,
  environment: Environment,
  ask: AskConfigModule,
): Promise<ConfigContents> {
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

/** Parses YAML, of which JSON is a subset. */
export function parseConfig(text: string, file: string, environment: Environment): ConfigContents {
  const document = parseDocument(text, { prettyErrors: true, customTags: TAGS })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) {
    // The first line has the problem and its position; the other lines repeat the file, which may contain a secret.
    const summary = problem.message.split('\n', 1)[0]!.replace(/:$/, '')
    const advice = quotesAdvice(text, problem.linePos?.[0].line)
    throw new ConfigError('ERR_CONFIG_SYNTAX', `${file}: ${summary}${advice}`, { cause: problem })
  }
  fillIn(document, file, environment)
  const config: unknown = document.toJS() ?? {}
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as ConfigContents
  throw new ConfigError('ERR_CONFIG_SHAPE', `${file}: expected a mapping of keys to values at the top level`)
}

function fillIn(document: Document, file: string, environment: Environment): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !hasPlaceholder(node.value)) return
      const interpolated = interpolate(node.value, environment)
      if (interpolated.from === 'nothing') node.value = node.tag === RAW_TAG ? '' : null
      else node.value = valueFor(node, interpolated, file)
    },
  })
}

function valueFor({ tag, type, value }: Scalar, { from, text }: Found, file: string): unknown {
  if (tag === RAW_TAG) return text
  if (tag === PARSED_TAG) return naming(value as string, file, () => parse(text, { prettyErrors: false }))
  if (type !== 'PLAIN') return text
  return from === 'default' ? naming(value as string, file, () => writtenValue(text)) : plainValue(text)
}

type Found = Exclude<Interpolated, { from: 'nothing' }>

/** Errors show the placeholder instead of the value, which may be a secret. */
function naming(placeholder: string, file: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    throw new ConfigError(
      'ERR_CONFIG_SYNTAX',
      `${file}: the value of ${placeholder} is not YAML; put the placeholder in quotes ("${placeholder}") to use its value as text`,
      { cause: error },
    )
  }
}

/** What in the line of a problem needs quotes: YAML's own message does not say it. */
function quotesAdvice(text: string, line: number | undefined): string {
  const source = text.split('\n')[(line ?? 1) - 1] ?? ''
  if (/[[{,][^"']*\$\{/.test(source)) return ': between { } or [ ] a placeholder needs quotes'
  const [, sign] = /^[^"']*?(?:[:-]\s+|[[{,]\s*)([*@%&`])/.exec(source) ?? []
  return sign === undefined
    ? ''
    : `: a text that begins with ${sign} needs quotes, such as "*/5 * * * *" or "@every 5m"`
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
