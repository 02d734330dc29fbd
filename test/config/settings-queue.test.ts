import { describe, expect, it } from 'vitest'
import { parseSettings, type SettingsInput, writeSettings } from '../../src/config/settings.js'
import { queueSettings } from '../../src/config/settings-queue.js'

const queueOf = (given: SettingsInput) => queueSettings(parseSettings(given))

describe('escapement.queue', () => {
  it('escapement.queue takes store, namespace and lock from escapement.coordination', () => {
    const coordination = { url: 'redis://host/1', namespace: 'shop', profile: 'fast' } as const
    expect(queueOf({ coordination })).toEqual({
      url: 'redis://host/1',
      urlSetting: 'escapement.coordination.url',
      namespace: 'shop',
      offer: true,
      take: true,
      delivery: 'at-least-once',
      lock: 5_000_000,
      isLockOfCoordination: true,
      retain: 3_600_000_000,
    })
    expect(queueOf({ coordination: 'postgres://host/db' })).toMatchObject({
      url: 'postgres://host/db',
      lock: 15_000_000,
    })
  })

  it('escapement.queue has a store and a lock of its own when it names them', () => {
    const queue = { url: 'rediss://host', lock: '8s', retain: 60, delivery: 'at-most-once', offer: false } as const
    const found = queueOf({ coordination: 'etcd://a,b', queue })
    expect(found).toMatchObject({
      url: 'rediss://host',
      lock: 8_000_000,
      isLockOfCoordination: false,
      retain: 60_000_000,
      offer: false,
      take: true,
    })
    expect(found.delivery).toBe('at-most-once')
    expect(found.urlSetting).toBe('escapement.queue.url')
  })

  it('escapement.queue.url that is empty or null counts as missing', () => {
    for (const url of ['', null]) {
      expect(queueOf({ coordination: 'redis://host', queue: { url } })).toMatchObject({ url: 'redis://host' })
    }
  })

  it('escapement.queue is written as it was read', () => {
    const given = {
      url: 'redis://h',
      offer: false,
      take: true,
      delivery: 'at-most-once',
      lock: '5s',
      retain: '2h',
    } as const
    expect(writeSettings(parseSettings({ queue: given })).queue).toEqual(given)
    expect(writeSettings(parseSettings({})).queue).toEqual({
      offer: true,
      take: true,
      delivery: 'at-least-once',
      retain: '1h',
    })
  })

  it.each([
    ['local', /escapement\.queue\.url: .* needs a Redis or Postgres server .*coordination\.url is "local"\. Set/],
    [
      'etcd://user:hunter2@a',
      /escapement\.queue\.url: .* is a store that begins with etcd:\/\/\. Set escapement\.queue/,
    ],
  ])(
    'A queue without a store of its own beside the coordination %s is refused and names the setting',
    (url, message) => {
      const settings = parseSettings({ coordination: url })
      expect(() => queueSettings(settings)).toThrow(message)
      expect(() => queueSettings(settings)).not.toThrow(/hunter2/)
    },
  )

  it.each([
    [{ offer: false, take: false }, /escapement\.queue\.take: and offer are both false: .*Set one of them to true$/],
    [
      { url: 'etcd://a' },
      /escapement\.queue\.url: must be a URL that begins with redis:\/\/, .*, got .* with etcd:\/\/$/,
    ],
    [{ url: 'reds://user:hunter2@a' }, /escapement\.queue\.url: .* begins with reds:\/\/, did you mean "redis"\?$/],
    [{ url: 'redis://' }, /escapement\.queue\.url: .*, got a URL with nothing behind redis:\/\/$/],
    ['redis://user:hunter2@a', /escapement\.queue: must be a section with url, offer, .*, got text$/],
    [['redis://user:hunter2@a'], /escapement\.queue: must be a section with url, offer, .*, got a list$/],
    [{ url: 'hunter2' }, /escapement\.queue\.url: .*, got text that begins with none of them$/],
    [{ url: 5 }, /escapement\.queue\.url: .*, got 5$/],
    [{ lock: '0.5s' }, /escapement\.queue\.lock: must be from 1s to 1h, got "0.5s"$/],
    [{ lock: '2h' }, /escapement\.queue\.lock: must be from 1s to 1h, got "2h"$/],
    [{ retain: 1 }, /escapement\.queue\.retain: must be from 1m to 400d, got 1 s$/],
    [{ delivery: 'exactly-once' }, /escapement\.queue\.delivery: must be one of "at-least-once", "at-most-once", got/],
    [{ tkae: true }, /escapement\.queue\.tkae is not known, did you mean "take"\?/],
  ])('escapement.queue %j is refused with the setting, what was given and what was expected', (queue, message) => {
    const parse = () => parseSettings({ queue } as SettingsInput)
    expect(parse).toThrow(message)
    expect(parse).not.toThrow(/hunter2/)
  })
})
