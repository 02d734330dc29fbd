import { describe, expect, it } from 'vitest'
import { parseSettings, type Settings, writeSettings } from '../../src/config/settings.js'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { systemClock } from '../../src/kernel/clock.js'

describe('the settings of the supervisor', () => {
  it('the settings of the supervisor have defaults', () => {
    const defaults: Settings = {
      http: { host: '127.0.0.1', port: 9464, allowedHosts: [] },
      log: { level: 'info' },
      metrics: { detail: 'method' },
      preload: [],
      traces: true,
      startup: { deadline: 30_000_000 },
      shutdown: { drain: 10_000_000 },
      rpc: { timeout: 10_000_000 },
      state: { maxBytes: 1_048_576 },
      coordination: {
        url: 'local',
        namespace: 'escapement',
        acceptEviction: false,
        ttl: 15_000_000,
        renewDeadline: 8_000_000,
        retry: 2_000_000,
      },
      queue: { offer: true, take: true, delivery: 'at-least-once', retain: 3_600_000_000 },
      defaults: {},
      services: {},
    }
    expect(parseSettings({})).toEqual(defaults)
  })

  it.each([
    [{ http: { port: '80' } }, { http: { host: '127.0.0.1', port: 80 } }],
    [{ state: { file: '123', maxBytes: '80' } }, { state: { file: '123', maxBytes: 80 } }],
    [{ http: 'false' }, { http: false }],
    [{ state: { file: '' } }, { state: { maxBytes: 1_048_576 } }],
    [{ state: { file: 'state.json' } }, { state: { file: 'state.json' } }],
    [{ shutdown: { drain: 0 } }, { shutdown: { drain: 0 } }],
    [{ shutdown: { drain: 0.0001234 } }, { shutdown: { drain: 123 } }],
    [{ shutdown: { drain: 86_400.02 } }, { shutdown: { drain: 86_400_020_000 } }],
    [{ shutdown: { drain: '10' } }, { shutdown: { drain: 10_000_000 } }],
    [{ rpc: { timeout: '250ms' } }, { rpc: { timeout: 250_000 } }],
    [{ coordination: 'redis://h:1/0' }, { coordination: { url: 'redis://h:1/0', namespace: 'escapement', ttl: 15e6 } }],
    [{ coordination: { profile: 'fast' } }, { coordination: { ttl: 5e6, renewDeadline: 2.5e6, retry: 500_000 } }],
    [
      { coordination: { url: 'etcd://a:1,b:2', namespace: 'shop', profile: { ttl: 20, retry: '1s' } } },
      { coordination: { url: 'etcd://a:1,b:2', namespace: 'shop', ttl: 20e6, renewDeadline: 8e6, retry: 1e6 } },
    ],
  ])('the settings of the supervisor read %j', (given, settings) => {
    expect(parseSettings(given)).toMatchObject(settings)
    expect(parseSettings(writeSettings(parseSettings(given)))).toEqual(parseSettings(given))
  })

  it.each([
    [3, /^configuration: escapement: must be a section with http, log, .*, got 3$/],
    [{ htpp: {} }, /^configuration: escapement\.htpp is not known, did you mean "http"\? \(known: http, log, /],
    [
      { http: { prot: 1 } },
      'configuration: escapement.http.prot is not known, did you mean "port"? (known: host, port, token, readToken, allowedHosts)',
    ],
    [{ http: true }, 'configuration: escapement.http: must be false or a section with host and port, got true'],
    [{ http: { port: 'x' } }, 'escapement.http.port: must be a whole number from 0 to 65535, got "x"'],
    [{ http: { toString: 1 } }, /escapement\.http\.toString is not known/],
    [{ log: { level: 'wran' } }, /escapement\.log\.level: must be one of .*, got "wran", did you mean "warn"\?$/],
    [{ shutdown: { drain: 'x' } }, /escapement\.shutdown\.drain: must be a number of seconds or .*, got "x"$/],
    [
      { shutdown: { drain: [] } },
      /escapement\.shutdown\.drain: must be a number of seconds or a duration .*, got \[\]$/,
    ],
    [{ preload: './otel.mjs' }, /escapement\.preload: must be a list of paths of modules, got "\.\/otel\.mjs"$/],
    [{ preload: [1] }, 'configuration: escapement.preload.0: must be text'],
    [{ traces: 'on' }, 'configuration: escapement.traces: must be true or false, got "on"'],
    [{ rpc: { timeout: 0 } }, /escapement\.rpc\.timeout: must be from 1µs to 400d, got 0 s$/],
    [{ rpc: { tiemout: 1 } }, /escapement\.rpc\.tiemout is not known, did you mean "timeout"\? \(known: timeout\)$/],
    [{ state: { maxBytes: 0 } }, /escapement\.state\.maxBytes: must be a whole number from 1 to /],
    [
      { coordination: 5 },
      /escapement\.coordination: must be a URL or a section with url, namespace and profile, got 5$/,
    ],
    [{ coordination: null }, /escapement\.coordination: must be .*, got null: is its environment variable set\? /],
    [{ coordination: { urll: '' } }, /escapement\.coordination\.urll is not known, did you mean "url"\?/],
    [{ coordination: 'redis://' }, /escapement\.coordination: must be .*, got a URL with nothing behind redis:\/\/$/],
    [{ coordination: ['redis://hunter2@h'] }, /escapement\.coordination: must be .*, got a list$/],
    [{ coordination: 'reds://h' }, /escapement\.coordination: must be "local" or .*reds:\/\/, did you mean "redis"\?$/],
    [{ coordination: { url: 'locale' } }, /escapement\.coordination\.url: .*, did you mean "local"\?$/],
    [
      { coordination: { profile: 'fats' } },
      /profile: must be one of "normal", "fast", got "fats", did you mean "fast"/,
    ],
    [{ coordination: { profile: { ttll: 1 } } }, /profile\.ttll is not known, did you mean "ttl"\? \(known: ttl, /],
    [{ coordination: { profile: { retry: 'x' } } }, /escapement\.coordination\.profile\.retry: must be a number of/],
    [
      { coordination: { profile: { ttl: '8s' } } },
      'escapement.coordination.profile: ttl must be longer than renewDeadline, and renewDeadline longer than retry, got ttl 8s, renewDeadline 8s, retry 2s',
    ],
    [{ coordination: { profile: { retry: '9s' } } }, /renewDeadline longer than retry, got ttl 15s, .* retry 9s$/],
    [{ services: { one: 1 } }, /escapement\.services\.one: must be a mapping of options to values, got 1$/],
    [{ services: [] }, /escapement\.services: must be a mapping of names of services to their options, got \[\]$/],
  ])('the settings of the supervisor are refused with a reason: %j', (given, reason) => {
    expect(() => parseSettings(given)).toThrow(reason)
  })

  it('the settings of the supervisor tell everything that is wrong at once', () => {
    const failure = () => parseSettings({ log: { level: 1, color: 1 }, coordination: { url: 1, x: 1 } })
    expect(failure).toThrow(
      /log\.level: .*\n.*log\.color is not known.*\n.*coordination\.url: .*\n.*coordination\.x is/,
    )
  })

  it.each([
    { coordination: 'reds://user:hunter2@host' },
    { coordination: 'hunter2' },
    { coordination: { url: 'redis:user:hunter2@host' } },
    { state: { file: ['hunter2'] } },
  ])('the settings of the supervisor keep secrets out of errors: %j', (given) => {
    expect(() => parseSettings(given)).toThrow(/must be/)
    expect(() => parseSettings(given)).not.toThrow(/hunter2/)
  })

  it.each(['escapement', 'shop.eu-1', '_', 'a'.repeat(48), 'a'.repeat(49), '-a', 'a b', 'a/b', '', 'é'])(
    'the settings of the supervisor agree with the store about the namespace %j',
    async (namespace) => {
      const opening = openStore({ url: 'local', namespace, onError: () => {} }, systemClock())
      const isTaken = await opening.then(
        (store) => store.close().then(() => true),
        () => false,
      )
      const parsing = expect(() => parseSettings({ coordination: { namespace } }))
      if (isTaken) parsing.not.toThrow()
      else parsing.toThrow(/escapement\.coordination\.namespace: must be up to 48 letters/)
    },
  )
})
