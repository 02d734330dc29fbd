/** The routes below /api, with the views of a fake engine. */
import { describe, expect, it } from 'vitest'
import type { ControlResult } from '../../../src/kernel/control.js'
import { CHANGE, entrypointOf, FakeViews, IDS, NOW, SKIPPED, statusOf, TICK } from './fake-views.js'
import { type Served, serve } from './serve.js'

const TOKEN = 'control-0123456789'
const READ_TOKEN = 'read-0123456789-ab'

async function ask({ address }: Served, path: string, { token, ...init }: RequestInit & { token?: string } = {}) {
  const headers = { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${address.url}${path}`, { ...init, headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

const json = (body: string): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })

describe('reading', () => {
  it.each([
    ['/api/status', statusOf(false)],
    ['/api/services', { services: new FakeViews().services() }],
    ['/api/leases', new FakeViews().leases()],
    ['/api/changes', { changes: [CHANGE] }],
    ['/api/ticks', { ticks: [SKIPPED, TICK] }],
  ])('GET %s answers what the views say, and nothing of it is lost on the way', async (path, expected) => {
    expect(await ask(await serve(), path)).toEqual({ status: 200, body: expected })
  })

  it('entrypoints, details, reasons, threads and plan arrive whole', async () => {
    const server = await serve()
    const { views } = server
    const entrypoints = { at: NOW, ends: views.ends, entrypoints: IDS.map(entrypointOf) }
    expect((await ask(server, '/api/entrypoints')).body).toEqual(entrypoints)
    expect((await ask(server, '/api/entrypoints/mail.send')).body).toEqual(await views.entrypoint('mail.send'))
    expect((await ask(server, '/api/entrypoints/mail.send/why')).body).toEqual(await views.why('mail.send'))
    expect((await ask(server, '/api/threads')).body).toEqual({ threads: await views.threads() })
    expect((await ask(server, '/api/plan')).body).toEqual(views.plan({}))
  })

  it('the id of a timer with a name is encoded in the path', async () => {
    const { status, body } = await ask(await serve(), '/api/entrypoints/mail.report%23morning')
    expect(status).toBe(200)
    expect(body).toMatchObject({ entrypoint: { id: 'mail.report#morning' } })
  })

  it('queries become numbers and words, with their defaults', async () => {
    const server = await serve()
    await ask(server, '/api/entrypoints?q=mail&level=warning&cells=5&service=mail')
    await ask(server, '/api/entrypoints')
    await ask(server, '/api/ticks?entrypoint=mail.report&outcome=failed&since=5')
    await ask(server, '/api/changes?since=7')
    await ask(server, '/api/plan?for=2h&entrypoint=mail.send')
    expect(server.views.asked).toEqual([
      { q: 'mail', level: 'warning', cells: 5, service: 'mail' },
      { cells: 60 },
      { entrypoint: 'mail.report', outcome: 'failed', since: 5, limit: 200 },
      { since: 7 },
      { forMs: 7_200_000, entrypoint: 'mail.send' },
    ])
  })

  it.each([
    ['/api/entrypoints/mail.sned', 404, 'there is no timer "mail.sned", did you mean "mail.send"?'],
    ['/api/entrypoints/mail.sned/why', 404, 'there is no timer "mail.sned", did you mean "mail.send"?'],
    ['/api/entrypoints/send', 404, 'there is no timer "send", did you mean "mail.send"?'],
    ['/api/ticks?entrypoint=x.y', 404, 'there is no timer "x.y"'],
    ['/api/plan?entrypoint=x.y', 404, 'there is no timer "x.y"'],
    ['/api/entrypoints?cells=many', 400, 'the querystring, cells: must be integer'],
    ['/api/entrypoints?cells=1000', 400, 'the querystring, cells: must be <= 200'],
    ['/api/entrypoints?level=bad', 400, 'the querystring, level: must be equal to one of the allowed values'],
    ['/api/entrypoints?sort=name', 400, 'the querystring: must NOT have additional properties (sort)'],
    ['/api/status?token=abc', 400, 'the querystring: must NOT have additional properties (token)'],
    ['/api/plan?for=never', 400, /^the querystring, for: must be a number of seconds or a duration/],
    ['/api/plan?for=9999d', 400, /^the querystring, for: must be from 1µs to 31d/],
    ['/api/nothing?token=abc', 404, 'there is no GET /api/nothing'],
    ['/api/entrypoints/%E0%A4%A', 400, 'the path cannot be decoded'],
  ])('GET %s is refused with %i and says what is wrong', async (path, status, error) => {
    const answer = await ask(await serve(), path)
    const sentence = typeof error === 'string' ? error : expect.stringMatching(error)
    expect(answer).toMatchObject({ status, body: { error: sentence, code: expect.stringMatching(/^ERR_/) } })
  })

  it('only who sends the control token is told that control is allowed', async () => {
    const server = await serve({ token: TOKEN, readToken: READ_TOKEN })
    expect((await ask(server, '/api/status')).status).toBe(401)
    expect((await ask(server, '/api/status', { token: READ_TOKEN })).body).toMatchObject({ canControl: false })
    expect((await ask(server, '/api/status', { token: TOKEN })).body).toMatchObject({ canControl: true })
  })
})

describe('control', () => {
  it('without a control token there are no control routes', async () => {
    const server = await serve({ readToken: READ_TOKEN })
    const answer = await ask(server, '/api/entrypoints/mail.send/pause', { method: 'POST', token: READ_TOKEN })
    expect(answer).toMatchObject({ status: 404, body: { code: 'ERR_NO_ROUTE' } })
    expect(server.commands).toEqual([])
  })

  it.each(['trigger', 'pause', 'resume', 'abort'])(
    '%s needs the control token and passes on who and why',
    async (action) => {
      const server = await serve({ token: TOKEN, readToken: READ_TOKEN })
      const path = `/api/entrypoints/mail.report%23morning/${action}`
      for (const token of [undefined, READ_TOKEN, `${TOKEN}0`, TOKEN.slice(1)]) {
        const refused = await ask(server, path, { method: 'POST', ...(token !== undefined && { token }) })
        expect(refused).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN' } })
      }
      expect(server.commands).toEqual([])
      const entrypoint = 'mail.report#morning'
      const told = { ...json('{"by":"ann","reason":"mail server is down"}'), token: TOKEN }
      expect(await ask(server, path, told)).toEqual({ status: 200, body: { entrypoint, text: `${action}: done` } })
      expect((await ask(server, path, { method: 'POST', token: TOKEN })).status).toBe(200)
      expect(server.commands).toEqual([
        { action, entrypoint, by: 'ann', reason: 'mail server is down' },
        { action, entrypoint, by: 'http' },
      ])
    },
  )

  it.each([
    ['{"by":{}}', 400, 'the body, by: must be string'],
    ['{"who":"ann"}', 400, 'the body: must NOT have additional properties (who)'],
    ['{"by"', 400, 'the body is not JSON'],
    ['{"__proto__":{"x":1}}', 400, 'the body is not JSON'],
    ['[]', 400, 'the body: must be object,null'],
    ['', 400, 'the body is empty and has the type JSON: send {}, or no body without a type'],
    [JSON.stringify({ reason: 'x'.repeat(501) }), 400, 'the body, reason: must NOT have more than 500 characters'],
    [JSON.stringify({ reason: 'x'.repeat(5_000) }), 413, 'the body is longer than 4096 bytes'],
  ])('the body %j is refused', async (body, status, error) => {
    const server = await serve({ token: TOKEN })
    const answer = await ask(server, '/api/entrypoints/mail.send/pause', { ...json(body), token: TOKEN })
    expect(answer).toMatchObject({ status, body: { error, code: 'ERR_REQUEST' } })
    expect(server.commands).toEqual([])
  })

  it('a body that is not JSON is refused with 415, so no form of another site can send one', async () => {
    const server = await serve({ token: TOKEN })
    const init = { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' }, token: TOKEN }
    expect(await ask(server, '/api/entrypoints/mail.send/pause', init)).toMatchObject({ status: 415 })
  })

  it.each([
    [{ isDone: false, code: 'ERR_NO_TIMER', text: 'there is no timer "x"' }, 404],
    [{ isDone: false, code: 'ERR_LIFECYCLE', text: 'the supervisor is stopping' }, 409],
    [{ isDone: false, code: 'ERR_NO_ANSWER', text: 'the main thread has not answered' }, 503],
  ] satisfies [ControlResult, number][])('what the main thread refuses with %j gets %i', async (result, status) => {
    const server = await serve({ token: TOKEN }, async () => result)
    const answer = await ask(server, '/api/entrypoints/x/abort', { method: 'POST', token: TOKEN })
    expect(answer).toEqual({ status, body: { error: result.text, code: result.code } })
  })
})

describe('the dashboard', () => {
  it('the dashboard shows what may be read, and asks who has no token for it', async () => {
    const open = await serve()
    const shown = await (await fetch(`${open.address.url}/`)).text()
    expect(shown).toContain('mail.report#morning')
    expect(shown).not.toContain('<b>hello</b>')
    const locked = await serve({ readToken: READ_TOKEN })
    const response = await fetch(`${locked.address.url}/?entrypoint=mail.send`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).not.toContain('mail.send')
    const read = await fetch(`${locked.address.url}/?entrypoint=mail.send`, {
      headers: { authorization: `Bearer ${READ_TOKEN}` },
    })
    expect(await read.text()).toContain('x is not a function')
  })
})
