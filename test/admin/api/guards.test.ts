/** Who may ask, under which name, and how often. */
import { describe, expect, it } from 'vitest'
import { isNameAllowed } from '../../../src/admin/api/host-header.js'
import { RATES } from '../../../src/admin/api/limits.js'
import { rawRequest } from './raw-request.js'
import { serve } from './serve.js'

const TOKEN = 'control-0123456789'
const READ_TOKEN = 'read-0123456789-ab'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('the name in the header Host', () => {
  it.each([
    ['localhost:9464', true],
    ['LOCALHOST', true],
    ['127.0.0.1:9464', true],
    ['10.1.2.3', true],
    ['[::1]:9464', true],
    ['jobs.example', true],
    ['JOBS.example:443', true],
    [undefined, true],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example:9464', false],
    ['jobs.example.evil.example', false],
    ['', false],
  ])('on a loopback address with an allowed name, %s is allowed: %s', (header, isAllowed) => {
    expect(isNameAllowed(header, { host: '127.0.0.1', allowedHosts: ['jobs.example'] })).toBe(isAllowed)
  })

  it('on another address every name is allowed, unless some are listed', () => {
    expect(isNameAllowed('jobs.example', { host: '0.0.0.0', allowedHosts: [] })).toBe(true)
    expect(isNameAllowed('evil.example', { host: '0.0.0.0', allowedHosts: ['jobs.example'] })).toBe(false)
  })

  it('a request under a strange name gets no answer but 403, also for health', async () => {
    const { address } = await serve()
    for (const path of ['/healthz', '/metrics', '/openapi.json', '/nothing']) {
      const { status, text } = await rawRequest(
        address.port,
        `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
      )
      expect(status).toBe(403)
      expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toEqual({
        error: 'this server is not called "evil.example"',
        code: 'ERR_HOST',
        advice: 'Use localhost or an address, or add the name to escapement.http.allowedHosts.',
      })
    }
  })
})

describe('the read token', () => {
  it('with a read token, metrics need it or the control token, and health needs none', async () => {
    const { address } = await serve({ token: TOKEN, readToken: READ_TOKEN })
    const statusOf = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${address.url}${path}`, { headers })).status
    for (const path of ['/metrics', '/openapi.json']) {
      expect(await statusOf(path)).toBe(401)
      expect(await statusOf(path, bearer('read-0123456789-aB'))).toBe(401)
      expect(await statusOf(path, { authorization: `Basic ${READ_TOKEN}` })).toBe(401)
      expect(await statusOf(`${path}?token=${READ_TOKEN}`)).toBe(401)
      expect(await statusOf(path, bearer(READ_TOKEN))).toBe(200)
      expect(await statusOf(path, bearer(TOKEN))).toBe(200)
    }
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/readyz')).toBe(200)
  })

  it('an answer without the token says which header to send, and has no token in it', async () => {
    const { address } = await serve({ readToken: READ_TOKEN })
    const response = await fetch(`${address.url}/metrics`, { headers: bearer('wrong-token-01234') })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect((await fetch(`${address.url}/healthz`)).headers.get('www-authenticate')).toBeNull()
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toEqual({
      error: 'a token is needed to read this',
      code: 'ERR_TOKEN',
      advice: 'Send the header "Authorization: Bearer TOKEN" with escapement.http.readToken or escapement.http.token.',
    })
  })

  it('without a read token everybody may read', async () => {
    const { address } = await serve({ token: TOKEN })
    expect((await fetch(`${address.url}/metrics`)).status).toBe(200)
  })
})

describe('the rates', () => {
  it('an address that asks too often is refused with 429, and wrong tokens count; health is not limited', async () => {
    const { address } = await serve({ readToken: READ_TOKEN })
    const statuses = new Map<number, number>()
    for (let sent = 0; sent <= RATES.read; sent += 1) {
      const { status } = await fetch(`${address.url}/openapi.json`, { headers: bearer('wrong-token-01234') })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect([...statuses]).toEqual([
      [401, RATES.read],
      [429, 1],
    ])
    const refused = await fetch(`${address.url}/openapi.json`, { headers: bearer(READ_TOKEN) })
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await refused.json()).toEqual({
      error: `this address has sent more than ${RATES.read} requests in a minute`,
      code: 'ERR_RATE_LIMIT',
      advice: expect.stringMatching(/^Try again in .*, and ask less often\.$/),
    })
    // Metrics are counted on their own, so that nobody can keep Prometheus away by asking for something else.
    expect((await fetch(`${address.url}/metrics`, { headers: bearer(READ_TOKEN) })).status).toBe(200)
    expect((await fetch(`${address.url}/healthz`)).status).toBe(200)
  })
})

describe('the headers of an answer', () => {
  it('every answer has a strict content security policy, and none allows other origins to read it', async () => {
    const { address } = await serve()
    for (const path of ['/healthz', '/metrics', '/nothing']) {
      const { headers } = await fetch(`${address.url}${path}`)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'self';object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('strict-transport-security')).toBeNull()
    }
  })
})
