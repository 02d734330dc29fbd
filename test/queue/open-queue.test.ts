import { expect, it } from 'vitest'
import { systemClock } from '../../src/kernel/clock.js'
import { isSupported, openQueue } from '../../src/queue/open-queue.js'

const open = (url: string) =>
  openQueue({
    ...{ url, namespace: 'test', lock: 1_000_000, retain: 1_000_000, clock: systemClock() },
    onDiscarded: () => {},
    onError: () => {},
  })

it.each([
  ['6.7.0', true],
  ['6.12.1', true],
  ['6.6.9', false],
  ['5.80.0', false],
  ['7.0.0', false],
])('bullmq %s is supported: %s', (version, isOne) => {
  expect(isSupported(version)).toBe(isOne)
})

it.each([
  ['etcd://host:2379', /no queue for etcd: URLs/],
  ['nonsense', /a URL without a scheme/],
  ['redis://user@host', /escapement\.queue\.url\) names a user without a password/],
  ['redis://host/seven', /names the database "seven"/],
  ['postgres://host/db?colour=red', /has the parameter "colour"/],
])('%s is refused with what is wrong, without a password', async (url, message) => {
  await expect(open(url)).rejects.toMatchObject({ name: 'ConfigError', code: 'ERR_QUEUE_URL', message })
})
