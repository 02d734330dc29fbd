/**
 * The supervisor's own settings: what stands under the reserved key `escapement` of the configuration.
 *
 * Everything is checked before anything starts; an unknown key is an error. The rest of the configuration is the
 * user's, and is not looked at.
 */
import ms, { type StringValue } from 'ms'
import { z } from 'zod'
import { ConfigError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'
import { type Micros, microsFromMillis, microsFromSeconds } from '../kernel/time.js'

const duration = z.union([z.number(), z.string()]).transform((given, context): Micros => {
  const micros =
    typeof given === 'number' ? microsFromSeconds(given) : microsFromMillis(ms(given as StringValue) ?? Number.NaN)
  if (Number.isFinite(micros) && micros >= 0) return micros
  context.addIssue({ code: 'custom', message: `expected seconds or a duration such as "10s", got ${show(given)}` })
  return z.NEVER
})

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const schema = z.strictObject({
  /** Where metrics and health are served; `false` serves nothing. */
  http: z
    .union([
      z.literal(false),
      z.strictObject({ host: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65_535).default(9464) }),
    ])
    .prefault({}),
  log: z.strictObject({ level: z.enum(LEVELS).default('info') }).prefault({}),
  startup: z
    .strictObject({
      /** How long import, dependencies and `onStart` of a service may take. */
      deadline: duration.prefault('30s'),
    })
    .prefault({}),
  shutdown: z
    .strictObject({
      /** How long runs may go on after a stop was asked for. */
      drain: duration.prefault('10s'),
    })
    .prefault({}),
  rpc: z.strictObject({ timeout: duration.prefault('10s') }).prefault({}),
  state: z.strictObject({ file: z.string().min(1).optional(), maxBytes: z.int().min(1).default(16_777_216) }).prefault({}),
  /** Options of every timer that does not set them itself; checked where the services are described. */
  defaults: z.record(z.string(), z.unknown()).default({}),
  /** Options of single services, by name. */
  services: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

export type Settings = z.output<typeof schema>
export type SettingsInput = z.input<typeof schema>

/** The reserved key. */
export const RESERVED = 'escapement'

/** Splits a configuration into the supervisor's settings and what belongs to the user. */
export function splitConfig(config: Readonly<Record<string, unknown>>): {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
} {
  const { [RESERVED]: own, ...user } = config
  return { settings: parseSettings(own ?? {}), user }
}

export function parseSettings(given: unknown): Settings {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ConfigError('ERR_CONFIG_VALUE', parsed.error.issues.flatMap((issue) => sentences(issue, given)).join('\n'))
}

function sentences(issue: z.core.$ZodIssue, given: unknown): string[] {
  const where = [RESERVED, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path)
    return issue.keys.map((key) => {
      const list = known.length > 0 ? ` (known: ${known.join(', ')})` : ''
      return `configuration: ${where}.${key} is not known${didYouMean(key, known)}${list}`
    })
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.at(-1)!
    return nearest.flatMap((inner) => sentences({ ...inner, path: [...issue.path, ...inner.path] }, given))
  }
  const message = issue.code === 'custom' ? issue.message : `${issue.message}, got ${show(valueAt(given, issue.path))}`
  return [`configuration: ${where}: ${message}`]
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

function keysAt(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(schema.shape)
  if (path[0] === 'http') return ['host', 'port']
  if (path[0] === 'log') return ['level']
  if (path[0] === 'startup') return ['deadline']
  return path[0] === 'shutdown' ? ['drain'] : []
}
