/** The requests of notifications and heartbeats against a real receiver, which checks signatures as docs/operating.md shows. */
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Delivery } from '../../../src/admin/notify/delivery.js'
import { pinger, poster } from '../../../src/admin/notify/requests.js'
import type { NotificationResult, NotifySettings } from '../../../src/kernel/notices.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { Page } from '../../docs/code-blocks.js'
import { type Received, type Receiver, receiver } from './receiver.js'

const SECRET = 'a secret of both sides'
const NOW = Date.UTC(2026, 0, 5, 12)

interface Example {
  readonly isFromEscapement: (header: string, body: string, secret: string, now: number) => boolean
}

const page = new Page('operating.md')
const { isFromEscapement }: Example = await import(pathToFileURL(page.path('receiver.mjs')).href)
page.remove()

const isSigned = ({ headers, body }: Received, secret = SECRET, now = NOW) =>
  isFromEscapement(String(headers['escapement-signature']), body, secret, now)

function settings(to: Receiver): NotifySettings {
  return { url: `${to.url}/hook`, secret: SECRET, on: [] }
}

const never = new AbortController().signal

describe('the requests of notifications', () => {
  it('a notification is a POST with JSON that its receiver can check by its secret', async () => {
    const to = await receiver()
    expect(await poster(settings(to), new VirtualClock({ wall: NOW }))('{"kind":"failing"}', never)).toBe(204)
    const [request] = to.received
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook',
      body: '{"kind":"failing"}',
      headers: { 'content-type': 'application/json' },
    })
    expect(isSigned(request!)).toBe(true)
  })

  it('a receiver refuses a notification with another secret, another body, another time, or an old one', async () => {
    const to = await receiver()
    await poster(settings(to), new VirtualClock({ wall: NOW }))('{}', never)
    const [request] = to.received
    expect(isSigned(request!, 'another secret of nobody')).toBe(false)
    expect(isSigned({ ...request!, body: '{ }' })).toBe(false)
    const later = String(request!.headers['escapement-signature']).replace(/t=\d+/, `t=${NOW / 1_000 + 1}`)
    expect(isSigned({ ...request!, headers: { 'escapement-signature': later } })).toBe(false)
    expect(isSigned({ ...request!, headers: {} })).toBe(false)
    expect(isSigned(request!, SECRET, NOW + 299_000)).toBe(true)
    expect(isSigned(request!, SECRET, NOW + 301_000)).toBe(false)
  })

  it('a redirect is not followed', async () => {
    const other = await receiver()
    const to = await receiver((_, reply) => reply.writeHead(307, { location: other.url }).end())
    expect(await poster(settings(to), new VirtualClock())('{}', never)).toBe(307)
    expect(other.received).toEqual([])
  })

  it('an attempt that is given up ends its request to a receiver that never answers', async () => {
    const to = await receiver(() => {})
    const attempt = new AbortController()
    const answer = poster(settings(to), new VirtualClock())('{}', attempt.signal)
    await to.nth(1)
    attempt.abort(new Error('no answer within 10 s'))
    await expect(answer).rejects.toThrow('no answer within 10 s')
  })

  it('a notification that fails is sent again with a signature of its own time, in order, and no more after its success', async () => {
    const to = await receiver((_, reply) => reply.writeHead(to.received.length === 1 ? 503 : 200).end())
    const clock = new VirtualClock({ wall: NOW })
    const counts: NotificationResult[] = []
    let hasFailed = () => {}
    const failed = new Promise<void>((resolve) => {
      hasFailed = resolve
    })
    const delivery = new Delivery({
      clock,
      post: poster(settings(to), clock),
      count: (result) => counts.push(result),
      onProblem: () => hasFailed(),
    })
    onTestFinished(() => void delivery.stop())
    delivery.add('{"id":1}')
    delivery.add('{"id":2}')
    await failed
    await clock.advance(1_000_000)
    await to.nth(3)
    expect(to.received.map(({ body }) => body)).toEqual(['{"id":1}', '{"id":1}', '{"id":2}'])
    expect(to.received.map((request) => isSigned(request, SECRET, NOW + 1_000))).toEqual([true, true, true])
    const [first, second] = to.received.map(({ headers }) => headers['escapement-signature'])
    expect(first).not.toBe(second)
  })
})

describe('the request of a heartbeat', () => {
  it('a heartbeat is a GET, and any answer but 2xx is a failure', async () => {
    const to = await receiver((_, reply) => reply.writeHead(to.received.length === 1 ? 200 : 500).end('ok'))
    const ping = pinger(`${to.url}/ping/uuid`)
    await ping(never)
    await expect(ping(never)).rejects.toThrow('answered with status 500')
    expect(to.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /ping/uuid', 'GET /ping/uuid'])
  })
})
