import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseSettings } from '../../src/config/settings.js'
import { check } from '../../src/define/options/check.js'
import { parseServiceOptions } from '../../src/define/options/service-options.js'
import { defaultsSchema } from '../../src/define/options/timer-schema.js'
import { configSchema, type JsonSchema } from './config-schema.js'

const FILE = new URL('../../config.schema.json', import.meta.url)
const textOf = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

const validate: ValidateFunction = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema())
const problems = (config: unknown) => {
  validate(config)
  return (validate.errors ?? []).map(({ instancePath, message, params }) => [instancePath, message, params])
}
const accepts = (settings: unknown) => problems({ escapement: settings }).length === 0

/** Every schema inside of one, with the path to it. */
function* inside(schema: JsonSchema, path = ''): Generator<[path: string, schema: JsonSchema]> {
  yield [path, schema]
  for (const [key, inner] of Object.entries(schema.properties ?? {})) yield* inside(inner, `${path}.${key}`)
  for (const inner of schema.anyOf ?? []) yield* inside(inner, path)
  const { additionalProperties: others } = schema
  if (typeof others === 'object' && others !== null) yield* inside(others as JsonSchema, `${path}.*`)
}

describe('config.schema.json', () => {
  it('config.schema.json is what the settings say (UPDATE_SCHEMA=1 writes it anew, for the formatter to tidy up)', () => {
    if (process.env.UPDATE_SCHEMA) writeFileSync(FILE, `${JSON.stringify(configSchema(), null, 2)}\n`)
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(configSchema())
  })

  it('config.schema.json describes every key and says of each what it takes', () => {
    const keys = [...inside(configSchema())].filter(([path]) => /^\.escapement\./.test(path))
    expect(keys.length).toBeGreaterThan(40)
    const named = keys.filter(([path]) => !path.endsWith('*') && !/\.(resourceLimits|recycle)\./.test(path))
    const described = new Set(named.filter(([, schema]) => schema.description).map(([path]) => path))
    expect([...new Set(named.map(([path]) => path))].filter((path) => !described.has(path))).toEqual([])
    const open = keys.filter(([, schema]) => !['type', 'anyOf', 'enum', 'const', '$ref'].some((word) => word in schema))
    expect(open).toEqual([])
  })

  it('config.schema.json accepts the configuration of the examples, which names it', () => {
    const text = textOf('examples/escapement.yaml')
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../config.schema.json')
    expect(problems(parse(text))).toEqual([])
  })

  it('config.schema.json accepts the configuration in the README', () => {
    const blocks = [...textOf('README.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => parse(match[1]!))
    const configurations = blocks.filter(
      (block) => block !== null && typeof block === 'object' && 'escapement' in block,
    )
    expect(configurations.length).toBeGreaterThan(0)
    for (const configuration of configurations) expect(problems(configuration)).toEqual([])
  })

  it('config.schema.json accepts any key of the user', () => {
    expect(problems({ SYNC_BATCH_SIZE: 1, database: { host: 'x' } })).toEqual([])
  })

  it.each([
    [{ htpp: {} }, ''],
    [{ http: { prot: 1 } }, '/http'],
    [{ coordination: { profile: { ttll: 1 } } }, '/coordination/profile'],
    [{ defaults: { timeuot: 1 } }, '/defaults'],
    [{ defaults: { retry: { backoff: { inital: 1 } } } }, '/defaults/retry/backoff'],
    [{ services: { one: { instance: 2 } } }, '/services/one'],
    [{ services: { one: { recycle: { runs: 2 } } } }, '/services/one/recycle'],
  ])('config.schema.json refuses a misspelt key: %j', (settings, where) => {
    expect(problems({ escapement: settings })).toContainEqual([
      `/escapement${where}`,
      'must NOT have additional properties',
      expect.anything(),
    ])
  })

  it.each([
    { http: { port: '${PORT:9464}', host: '${HOST}' } },
    { http: '${HTTP:false}' },
    { log: { level: '${LEVEL:info}' } },
    { coordination: '${REDIS_URL:local}' },
    { coordination: { url: '${REDIS_URL:local}', profile: '${PROFILE:normal}' } },
    { defaults: { eager: '${EAGER}', precise: '${PRECISE}', window: '${WINDOW}', timeout: '${TIMEOUT}' } },
    { services: { one: { threads: '${INSTANCES:2}', standby: '${STANDBY}' } } },
  ])('config.schema.json accepts a placeholder in place of any value: %j', (settings) => {
    expect(accepts(settings)).toBe(true)
  })
})

const SETTINGS: readonly (readonly [settings: object, isValid: boolean])[] = [
  [{}, true],
  [{ http: false }, true],
  [{ http: true }, false],
  [{ http: { port: 0, host: '::1' } }, true],
  [{ http: { port: 65_536 } }, false],
  [{ http: { port: 1.5 } }, false],
  [{ http: { token: 'a' } }, false],
  [{ http: { token: null, readToken: 'abcdefgh-01234567', allowedHosts: ['jobs.example'] } }, true],
  [{ http: { token: '' } }, true],
  [{ http: { readToken: '' } }, false],
  [{ http: { readToken: null } }, false],
  [{ http: { allowedHosts: ['https://jobs.example'] } }, false],
  [{ http: { allowedHosts: 'jobs.example' } }, false],
  [{ state: { file: null } }, true],
  [{ state: { file: 5 } }, false],
  [{ log: { level: 'silent' } }, true],
  [{ log: { level: 'loud' } }, false],
  [{ startup: { deadline: 3 }, shutdown: { drain: '1m' }, rpc: { timeout: '2s' } }, true],
  [{ shutdown: { drain: true } }, false],
  [{ state: { file: 'state.json', maxBytes: 1 } }, true],
  [{ state: { maxBytes: 0 } }, false],
  [{ coordination: 'local' }, true],
  [{ coordination: 'postgres://host/db' }, true],
  [{ coordination: 'mysql://host/db' }, false],
  [{ coordination: { url: 'etcds://host', namespace: 'a.b', profile: 'fast' } }, true],
  [{ coordination: { url: 'redis' } }, false],
  [{ coordination: { namespace: 'a b' } }, false],
  [{ coordination: { profile: { ttl: 20, renewDeadline: '9s' } } }, true],
  [{ coordination: { profile: 'slow' } }, false],
  [{ defaults: [] }, false],
  [{ services: { one: 1 } }, false],
]

const TIMER_OPTIONS: readonly (readonly [options: object, isValid: boolean])[] = [
  [{ timeout: false, abortGrace: 0, startDeadline: '1s', jitter: 0.5 }, true],
  [{ timeout: true }, false],
  [{ overlap: 'wait', concurrency: 64, missed: 'all', scope: 'leader', eager: true, align: false }, true],
  [{ overlap: 'never' }, false],
  [{ concurrency: 0 }, false],
  [{ precise: 'auto' }, true],
  [{ precise: 'yes' }, false],
  [{ window: false, breaker: false }, true],
  [{ window: { days: ['mon', 'wed-fri'], from: '9:00', to: '24:00', timezone: 'UTC' } }, true],
  [{ window: { from: '24:00' } }, false],
  [{ window: { day: 'mon' } }, false],
  [{ breaker: { failures: 3, reset: '10s', factor: 1.5, max: 60 } }, true],
  [{ breaker: { failures: 0 } }, false],
  [{ breaker: true }, true],
  [{ breaker: 5 }, false],
  [{ retry: { attempts: 100, backoff: { initial: '1s', factor: 2, max: 60, jitter: 0 } } }, true],
  [{ retry: { attempts: 101 } }, false],
  [{ retry: { backoff: { jitter: 2 } } }, false],
  [{ when: true }, false],
]

const SERVICE_OPTIONS: readonly (readonly [options: object, isValid: boolean])[] = [
  [{ threads: 256, pool: 'shared-1', standby: true, nice: 19 }, true],
  [{ threads: 257 }, false],
  [{ threads: 0 }, false],
  [{ pool: 'a.b' }, false],
  [{ standby: 'yes' }, false],
  [{ nice: -1 }, false],
  [{ nice: 20 }, false],
  [{ recycle: { afterRuns: 1, heapMb: 0.5 } }, true],
  [{ recycle: { afterRuns: 0 } }, false],
  [{ recycle: { heapMb: 0 } }, false],
  [
    { resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 4, stackSizeMb: 1 } },
    true,
  ],
  [{ resourceLimits: { stackSizeMb: -1 } }, false],
  [{ name: 'other' }, false],
]

describe('config.schema.json and the program agree', () => {
  it.each(SETTINGS)('about the settings %j', (settings, isValid) => {
    expect(accepts(settings)).toBe(isValid)
    const parsing = expect(() => parseSettings(settings))
    if (isValid) parsing.not.toThrow()
    else parsing.toThrow(/^configuration: escapement\./)
  })

  it.each(TIMER_OPTIONS)('about the timer options %j', (options, isValid) => {
    const reported: string[] = []
    check(defaultsSchema, options, (problem) => reported.push(problem))
    expect({ accepted: accepts({ defaults: options }), reported }).toEqual({
      accepted: isValid,
      reported: isValid ? [] : [expect.any(String)],
    })
  })

  it.each(SERVICE_OPTIONS)('about the service options %j', (options, isValid) => {
    const reported: string[] = []
    parseServiceOptions('one', {}, { one: options }, (problem) => reported.push(problem), reported)
    expect({ accepted: accepts({ services: { one: options } }), reported }).toEqual({
      accepted: isValid,
      reported: isValid ? [] : [expect.any(String)],
    })
  })
})
