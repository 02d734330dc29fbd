/**
 * Makes `config.schema.json`, by which editors complete and check configuration files.
 *
 * The settings come from their zod schema. What the options of timers and services take is partly decided by functions,
 * which no JSON Schema can hold: those are described here by hand, and the tests compare them with the functions. Their
 * descriptions are the docstrings of the options.
 */

import { readFileSync } from 'node:fs'
import type { ZodType } from 'zod'
import { RESERVED } from '../../src/config/settings.js'
import { settingsSchema } from '../../src/config/settings-schema.js'
import type { WindowOptions } from '../../src/define/options/policy-types.js'
import type { ThreadOptions } from '../../src/define/options/service-options.js'
import { defaultsSchema, type GivenBreaker, type GivenOptions } from '../../src/define/options/timer-schema.js'
import { z } from '../../src/define/options/zod.js'

export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly anyOf?: readonly JsonSchema[]
}

const PLACEHOLDER = { $ref: '#/definitions/placeholder' }

/** The schema of a whole configuration file. */
export function configSchema(): JsonSchema {
  const { $schema, ...settings } = draftOf(settingsSchema)
  const { defaults, services, ...others } = settings.properties!
  return {
    $schema,
    title: 'Configuration of escapement',
    description: 'The key `escapement` belongs to the supervisor, every other key to the services.',
    type: 'object',
    properties: {
      [RESERVED]: orPlaceholder({
        description: 'Settings of the supervisor.',
        ...settings,
        properties: {
          ...others,
          defaults: { ...timerOptions(), description: defaults!.description },
          services: {
            description: services!.description,
            type: 'object',
            additionalProperties: orPlaceholder(serviceOptions()),
          },
        },
      }),
    },
    definitions: {
      placeholder: {
        description: 'Filled in from the environment: `${VARIABLE}` or `${VARIABLE:default}`.',
        type: 'string',
        pattern: '\\$\\{.+\\}',
      },
    },
  }
}

function draftOf(schema: ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' })
  return json as JsonSchema
}

const flag = { type: 'boolean' }
const duration = { type: ['number', 'string'] }
const orFalse = (schema: JsonSchema): JsonSchema => ({ anyOf: [{ const: false }, schema] })
const section = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
})

function timerOptions(): JsonSchema {
  const { properties } = draftOf(defaultsSchema)
  const byHand = {
    timeout: orFalse(duration),
    abortGrace: duration,
    startDeadline: duration,
    jitter: duration,
    precise: { enum: [true, false, 'auto'] },
    timezone: { type: 'string', examples: ['Europe/Paris', 'UTC'] },
    window: orFalse(documented('WindowOptions', section(WINDOW))),
    breaker: { anyOf: [flag, documented('BreakerOptions', section(BREAKER))] },
    retry: documented('RetryOptions', retryOptions(properties!.retry!)),
  } satisfies { readonly [_ in keyof GivenOptions]?: JsonSchema }
  const names = ['EntrypointOptions', 'TimerOptions', 'CronOptions']
  return names.reduce((schema, name) => documented(name, schema), section({ ...properties, ...byHand }))
}

const TIME_OF_DAY = '([01]?\\d|2[0-3]):[0-5]\\d'
const DATE = '^\\d{4}-\\d\\d-\\d\\d$'
const WINDOW = {
  days: { type: ['string', 'array'], items: { type: 'string' }, examples: ['mon-fri', 'sat,sun'] },
  from: { type: 'string', pattern: `^${TIME_OF_DAY}$` },
  to: { type: 'string', pattern: `^(${TIME_OF_DAY}|24:00)$` },
  timezone: { type: 'string', examples: ['Europe/Paris', 'UTC'] },
  except: { type: ['string', 'array'], items: { type: 'string', pattern: DATE }, examples: [['2026-12-25']] },
} satisfies { readonly [_ in keyof Required<WindowOptions>]: JsonSchema }

const BREAKER = {
  failures: { type: 'integer', minimum: 1, maximum: 10_000 },
  reset: duration,
  factor: { type: 'number', minimum: 1, maximum: 100 },
  max: duration,
} satisfies { readonly [_ in keyof Required<GivenBreaker>]: JsonSchema }

function retryOptions({ properties }: JsonSchema): JsonSchema {
  const { attempts, backoff } = properties!
  const spans = { initial: duration, max: duration }
  return section({
    attempts: attempts!,
    backoff: documented('BackoffOptions', section({ ...backoff!.properties, ...spans })),
  })
}

function serviceOptions(): JsonSchema {
  const megabytes = { type: 'number', exclusiveMinimum: 0 }
  const limits = {
    maxOldGenerationSizeMb: megabytes,
    maxYoungGenerationSizeMb: megabytes,
    codeRangeSizeMb: megabytes,
    stackSizeMb: megabytes,
  }
  const options = {
    threads: { type: 'integer', minimum: 1, maximum: 256 },
    pool: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' },
    standby: flag,
    recycle: section({ afterRuns: { type: 'integer', minimum: 1 }, heapMb: megabytes }),
    resourceLimits: section(limits),
    nice: { type: 'integer', minimum: 0, maximum: 19 },
  } satisfies { readonly [_ in keyof Required<ThreadOptions>]: JsonSchema }
  return documented('ThreadOptions', section(options))
}

/** Wherever something else than text is expected, a file may have a placeholder, which is text. */
function orPlaceholder(schema: JsonSchema): JsonSchema {
  const { default: given, description, ...rest } = schema
  const kept = {
    ...(description !== undefined && { description }),
    // An empty section as a default says nothing.
    ...(given !== undefined && JSON.stringify(given) !== '{}' && { default: given }),
  }
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([key, inner]) => [key, orPlaceholder(inner)])
    return { ...kept, ...rest, properties: Object.fromEntries(entries) }
  }
  if (schema.anyOf) {
    const alternatives = schema.anyOf.map((option) => (option.properties ? orPlaceholder(option) : option))
    return { ...kept, anyOf: [...alternatives, ...(schema.anyOf.some(refusesText) ? [PLACEHOLDER] : [])] }
  }
  return refusesText(schema) ? { ...kept, anyOf: [rest, PLACEHOLDER] } : { ...kept, ...rest }
}

function refusesText({ type, pattern, enum: values, const: value }: JsonSchema): boolean {
  if (pattern !== undefined || values !== undefined || value !== undefined) return true
  return type === 'number' || type === 'integer' || type === 'boolean' || type === 'array'
}

const SOURCES = ['option-types', 'policy-types', 'service-options']
  .map((name) => readFileSync(new URL(`../../src/define/options/${name}.ts`, import.meta.url), 'utf8'))
  .join('\n')

const DOCSTRING = '/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*'

/** Adds the docstring of an interface to a schema, and those of its members to the properties that have their names. */
function documented(name: string, schema: JsonSchema): JsonSchema {
  const found = new RegExp(`^(?:${DOCSTRING})?export interface ${name}\\b.*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(SOURCES)
  if (!found) throw new Error(`no interface ${name}`)
  const [, own, body] = found
  const texts = new Map(
    [...body!.matchAll(new RegExp(`^ {2}${DOCSTRING}(?:readonly )?(\\w+)\\??[:(]`, 'gm'))].map((match) => [
      match[2]!,
      plainText(match[1]!),
    ]),
  )
  const entries = Object.entries(schema.properties!).map(([key, inner]) => {
    const description = texts.get(key) ?? inner.description
    return [key, description === undefined ? inner : { description, ...without(inner, 'description') }]
  })
  return {
    ...(own !== undefined && { description: plainText(own) }),
    ...without(schema, 'description'),
    properties: Object.fromEntries(entries),
  }
}

function without({ ...schema }: JsonSchema, keyword: string): JsonSchema {
  delete (schema as Record<string, unknown>)[keyword]
  return schema
}

function plainText(docstring: string): string {
  return docstring
    .replaceAll(/^ *\* ?/gm, '')
    .replaceAll(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`')
    .trim()
}
