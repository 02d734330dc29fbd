import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { isSecretKey, maskSecrets } from '../../src/cli/mask-secrets.js'
import { Cli } from '../support/cli.js'

async function inFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const showConfig = (args: readonly string[], env: Record<string, string> = {}) =>
  new Cli(['show-config', ...args], { env }).exited

describe('escapement show-config', () => {
  it('escapement show-config hides the paths of receivers and the secret of notifications', async () => {
    const file = await inFile(
      'config.yaml',
      'escapement:\n  notify: { url: "https://hooks.example/T0/abc", secret: not-for-your-eyes-0 }\n  heartbeat: { url: "https://hc.example/uuid" }\n',
    )
    const { stdout } = await showConfig(['--config', file])
    expect(parse(stdout).escapement).toMatchObject({
      notify: { url: 'https://hooks.example/***', secret: '***', on: expect.arrayContaining(['overdue']) },
      heartbeat: { url: 'https://hc.example/***', every: '1m' },
    })
  })

  it('a configuration that was not named is not read, and the command says so', async () => {
    const file = await inFile('escapement.yaml', 'escapement: { log: { level: debug } }\n')
    const { code, stdout, stderr } = await new Cli(['show-config'], { cwd: dirname(file) }).exited
    expect(code).toBe(0)
    expect(stderr).toBe(
      'escapement: escapement.yaml in this folder is not read: give it with --config escapement.yaml\n',
    )
    expect(parse(stdout).escapement.log.level).toBe('info')
    const named = await new Cli(['show-config', '--config', 'escapement.yaml'], { cwd: dirname(file) }).exited
    expect(named.stderr).toBe('')
    expect(parse(named.stdout).escapement.log.level).toBe('debug')
  })

  it('escapement show-config shows the defaults when there is no configuration', async () => {
    const { code, stdout, stderr } = await showConfig([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(parse(stdout)).toEqual({
      escapement: {
        http: { host: '127.0.0.1', port: 9464, allowedHosts: [] },
        log: { level: 'info' },
        metrics: { detail: 'method' },
        startup: { deadline: '30s' },
        shutdown: { drain: '10s' },
        rpc: { timeout: '10s' },
        state: { maxBytes: 1_048_576 },
        coordination: {
          url: 'local',
          namespace: 'escapement',
          acceptEviction: false,
          profile: { ttl: '15s', renewDeadline: '8s', retry: '2s' },
        },
        queue: { offer: true, take: true, delivery: 'at-least-once', retain: '1h' },
        defaults: {},
        services: {},
        preload: [],
        traces: true,
      },
    })
  })

  const FILE = `
SIZE: \${SIZE:100}
DATABASE: postgres://app:hunter2@db.example/app
users: [{ name: ann, password: hunter2 }]
escapement:
  http: { host: "\${HTTP_HOST:127.0.0.1}" }
  shutdown: { drain: 90 }
  coordination: { url: "redis://:hunter2@cache:6379", profile: fast }
`

  it('merges file, environment and --set, writes spans as people do, and masks secrets', async () => {
    const file = await inFile('config.yaml', FILE)
    const set = ['--set', 'escapement.rpc.timeout=250ms', '--set', 'extra.api_key=hunter2', '--set', 'users.1=x']
    expect((await showConfig(['--config', file, ...set])).code).toBe(64)
    const { code, stdout } = await showConfig(['--config', file, ...set.slice(0, 4)], {
      SIZE: '5',
      HTTP_HOST: '::1',
    })
    expect(code).toBe(0)
    expect(stdout).not.toContain('hunter2')
    expect(parse(stdout)).toMatchObject({
      SIZE: 5,
      DATABASE: 'postgres://app:***@db.example/app',
      users: [{ name: 'ann', password: '***' }],
      extra: { api_key: '***' },
      escapement: {
        http: { host: '::1', port: 9464 },
        shutdown: { drain: '1.5m' },
        rpc: { timeout: '250ms' },
        coordination: {
          url: 'redis://:***@cache:6379',
          profile: { ttl: '5s', renewDeadline: '2.5s', retry: '500ms' },
        },
      },
    })
  })

  it('prints JSON', async () => {
    const { stdout } = await showConfig(['--json', '--config', await inFile('config.yaml', FILE)])
    expect(JSON.parse(stdout)).toMatchObject({ SIZE: 100, escapement: { http: { host: '127.0.0.1' } } })
  })

  it('reads a TypeScript module, with values that JSON does not have', async () => {
    const file = await inFile(
      'config.ts',
      'const at: Date = new Date(0); export default async () => ({ at, big: 1n, map: new Map([["token", "hunter2"]]) })',
    )
    const [yaml, json] = await Promise.all([showConfig(['--config', file]), showConfig(['--json', '--config', file])])
    expect(parse(yaml.stdout)).toMatchObject({ at: '1970-01-01T00:00:00.000Z', big: 1, map: { token: '***' } })
    expect(JSON.parse(json.stdout)).toMatchObject({ big: '1', map: { token: '***' } })
  })

  it.each([
    ['a misspelt key', ['--set', 'escapement.htt.port=1'], 78, /^escapement: configuration: .*did you mean "http"\?/],
    ['a bad --set', ['--set', 'x'], 64, /^escapement: --set x: expected KEY=VALUE/],
    ['a file that is not there', ['--config', '/nowhere/a.yaml'], 78, /cannot read the configuration file/],
    ['an argument', ['service.ts'], 64, /too many arguments/],
    ['an unknown option', ['--jsn'], 64, /unknown option '--jsn'[\s\S]*Did you mean --json/],
  ])('refuses %s', async (_what, args, exitCode, reason) => {
    const { code, stdout, stderr } = await showConfig(args)
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(stderr).toMatch(reason)
  })

  it('refuses a broken file in one line', async () => {
    const { code, stderr } = await showConfig(['--config', await inFile('config.yaml', 'a: [1')])
    expect(code).toBe(78)
    expect(stderr).toMatch(/^escapement: \S+config\.yaml: .* at line 1, column 6\n$/)
  })

  it('is in the help', async () => {
    expect((await new Cli(['--help']).exited).stdout).toMatch(/show-config.*print the configuration/)
    expect((await showConfig(['--help'])).stdout).toMatch(/--config <file>[\s\S]*--set <key=value>[\s\S]*--json/)
  })
})

describe('secrets', () => {
  it.each(
    'token ESCAPEMENT_TOKEN accessToken tokens password PASSWORD db-password dbpassword passwd passphrase pwd DB_PASS pass secret clientSecret CLIENT_SECRET_KEY apiKey api_key API-KEY apikey x-api-key credential credentials AWS_SECRET_ACCESS_KEY accessKey privateKey private_key signingKey encryptionKey authorization cookie'.split(
      ' ',
    ),
  )('stand under %s', (key) => {
    expect(maskSecrets({ [key]: 'hunter2' })).toEqual({ [key]: '***' })
  })

  it.each(
    'key keys name user tokenizer secretary maxTokens TOKEN_LIFETIME tokenTtl PASSWORD_FILE minPasswordLength compass bypass monkey keyboard hockey partitionKey'.split(
      ' ',
    ),
  )('do not stand under %s', (key) => {
    expect(isSecretKey(key)).toBe(false)
  })

  it.each([
    ['postgres://user:p@host/db', 'postgres://user:***@host/db'],
    ['postgres://user:p@ss@host/db', 'postgres://user:***@host/db'],
    ['postgres://user:p/s?s#@host:5432/db', 'postgres://user:***@host:5432/db'],
    ['redis://:pw@host', 'redis://:***@host'],
    ['amqp://a:1@x,amqp://b:2@y', 'amqp://a:***@x,amqp://b:***@y'],
    ['see https://a:b@c/d for more', 'see https://a:***@c/d for more'],
    ['http://host:80/path@x', 'http://host:80/path@x'],
    ['http://host/a:b@c', 'http://host/a:b@c'],
    ['https://user@host/', 'https://user@host/'],
    ['https://host/?q=1&access_token=abc&x=2#y', 'https://host/?q=1&access_token=***&x=2#y'],
    ['host=db user=app password=abc port=1', 'host=db user=app password=*** port=1'],
    ['Endpoint=sb://x/;SharedAccessKey=abc=;Entity=y', 'Endpoint=sb://x/;SharedAccessKey=***;Entity=y'],
    ['Bearer abcdefghijkl', 'Bearer ***'],
    ['the bearer of bad news', 'the bearer of bad news'],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc', '***'],
    ['mail ann@example.org at 10:30', 'mail ann@example.org at 10:30'],
  ])('stand in text: %j', (text, masked) => {
    expect(maskSecrets({ a: [text] })).toEqual({ a: [masked] })
  })

  it('are masked at any depth; what is no secret stays', () => {
    const circle: Record<string, unknown> = { a: 1 }
    circle.self = circle
    expect(
      maskSecrets({
        token: 5,
        secrets: ['a', { b: 'c', ttl: 3 }],
        credentials: { user: 'u', tries: 3, isOn: true, none: null, empty: '' },
        plain: [1, true, null, 'x', { n: 1.5 }],
        map: new Map([['password', 'x']]),
        set: new Set(['redis://:x@h']),
        circle,
      }),
    ).toEqual({
      token: '***',
      secrets: ['***', { b: '***', ttl: 3 }],
      credentials: { user: '***', tries: '***', isOn: true, none: null, empty: '' },
      plain: [1, true, null, 'x', { n: 1.5 }],
      map: { password: '***' },
      set: ['redis://:***@h'],
      circle: { a: 1, self: '[circular]' },
    })
  })

  it('are masked in a copy', () => {
    const config = { token: 'x' }
    maskSecrets(config)
    expect(config).toEqual({ token: 'x' })
  })
})
