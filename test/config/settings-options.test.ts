/** The interfaces of the settings (src/supervisor-options.ts) and their schema: the compiler compares them, both ways. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import { parseSettings, type SettingsInput } from '../../src/config/settings.js'
import { check } from '../../src/define/options/check.js'
import type { ServiceOptions } from '../../src/define/options/service-options.js'
import { defaultsSchema, type GivenOptions } from '../../src/define/options/timer-schema.js'
import type {
  ServiceOverrides,
  SettingsOptions,
  SupervisorConfig,
  TimerDefaults,
} from '../../src/supervisor-options.js'
import { configSchema, type JsonSchema } from './config-schema.js'

/** These two are checked when services are described; the schema of the settings takes any option. */
type Free = 'defaults' | 'services'

/** Without undefined and units, so that only what can be written is compared. */
type Written<Value> = Value extends undefined
  ? never
  : Value extends number
    ? number
    : Value extends object
      ? { -readonly [Key in keyof Value]-?: Written<Value[Key]> }
      : Value

type Options = Written<Omit<SettingsOptions, Free>>
type Schema = Written<Omit<SettingsInput, Free>>

/** A value for every key there is: the compiler says when one is missing. */
const EVERY: Options = {
  http: {
    host: '::1',
    port: 0,
    token: 'control-0123456789',
    readToken: 'read-0123456789-ab',
    allowedHosts: ['jobs.example'],
  },
  log: { level: 'warn' },
  metrics: { detail: 'service' },
  preload: ['./otel.mjs'],
  traces: false,
  startup: { deadline: '1m' },
  shutdown: { drain: 0 },
  rpc: { timeout: 2 },
  state: { file: null, maxBytes: 1 },
  coordination: {
    url: 'local',
    namespace: 'shop',
    acceptEviction: true,
    profile: { ttl: 20, renewDeadline: '9s', retry: 1 },
  },
  queue: { url: 'redis://store', offer: false, take: true, delivery: 'at-most-once', lock: 5, retain: '2h' },
  notify: { url: 'https://receiver.example', secret: 'notify-0123456789', on: ['failing'] },
  heartbeat: { url: 'https://switch.example', every: '1m' },
}

/** `http`, `http.host` and so on. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => [`${path}${key}`, ...pathsOf(inner, `${path}${key}.`)])
}

function schemaPaths({ properties = {}, anyOf = [] }: JsonSchema, path = ''): string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => [
    `${path}${key}`,
    ...schemaPaths(inner, `${path}${key}.`),
  ])
  return [...own, ...anyOf.flatMap((inner) => schemaPaths(inner, path))]
}

describe('the interfaces of the settings', () => {
  it('have the keys and the types of the schema and of config.schema.json, no more and no less', () => {
    expectTypeOf<Options>().toEqualTypeOf<Schema>()
    expectTypeOf<keyof SettingsOptions>().toEqualTypeOf<keyof SettingsInput>()
    expectTypeOf<SettingsOptions>().toExtend<SettingsInput>()
    const { defaults: _defaults, services: _services, ...settings } = configSchema().properties!.escapement!.properties!
    expect(pathsOf(EVERY).sort()).toEqual(schemaPaths({ properties: settings }).sort())
    expect(parseSettings(EVERY)).toMatchObject({ http: { host: '::1', port: 0 }, coordination: { ttl: 20e6 } })
  })

  it('have the options of timers and services that a configuration may set', () => {
    expectTypeOf<keyof TimerDefaults>().toEqualTypeOf<keyof GivenOptions>()
    expectTypeOf<keyof ServiceOverrides>().toEqualTypeOf<Exclude<keyof ServiceOptions, 'name'>>()
    const defaults: TimerDefaults = { breaker: { reset: '1m' }, window: { days: ['mon'] }, retry: { attempts: 2 } }
    const problems: string[] = []
    expect(check(defaultsSchema, defaults, (problem) => problems.push(problem))).toBeDefined()
    expect(problems).toEqual([])
  })

  it('refuse in an editor what the supervisor refuses', () => {
    const good: SupervisorConfig = { escapement: { log: { level: 'warn' } }, SYNC_INTERVAL: 5, database: { host: 'x' } }
    expect(() => parseSettings(good.escapement)).not.toThrow()
    // @ts-expect-error: a misspelt key
    const misspelt: SupervisorConfig = { escapement: { htpp: false } }
    // @ts-expect-error: a level that does not exist
    const loud: SupervisorConfig = { escapement: { log: { level: 'loud' } } }
    for (const { escapement } of [misspelt, loud]) expect(() => parseSettings(escapement)).toThrow(/escapement\./)
  })
})
