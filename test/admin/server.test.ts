import { once } from 'node:events'
import { Agent, createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HttpServer } from '../../src/admin/server.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { Health, HealthProblem } from '../../src/kernel/health.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { parseExposition } from '../observe/exposition.js'
import { countersFor } from '../support/counters.js'
import { freePort } from '../support/servers/server-process.js'
import { timerDefinition } from '../support/timer.js'
import { serve as serveFake } from './api/serve.js'

let state: Health
let registry: Registry
const cleanups: (() => unknown)[] = []

beforeEach(() => {
  state = { live: true, ready: true, problems: [] }
  registry = new Registry()
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const serve = (options: Parameters<typeof serveFake>[0] = {}) =>
  serveFake({ registry, health: async () => state, ...options })

async function get(server: HttpServer, path: string, method = 'GET') {
  const response = await fetch(`${server.address.url}${path}`, { method })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** Listens on a free port, so that no other server can. */
async function occupy(): Promise<number> {
  const other: Server = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  cleanups.push(() => other.close())
  return (other.address() as AddressInfo).port
}

describe('GET /metrics', () => {
  it('GET /metrics returns the metrics of the registry in the format of Prometheus', async () => {
    const counters = countersFor([timerDefinition({ service: 'mail', method: 'send' })])
    counters.timer(0).add(TIMER_ROW.at.due, 3)
    const { catalogue, memory } = counters
    const metrics = createMetrics({ registry, catalogue, memory })
    cleanups.push(() => metrics.stop())
    const { status, type, text } = await get(await serve(), '/metrics')
    expect(status).toBe(200)
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8')
    const due = parseExposition(text).get('escapement_ticks_due_total')!.samples
    expect(due).toEqual([{ name: 'escapement_ticks_due_total', labels: { service: 'mail', method: 'send' }, value: 3 }])
  })

  it('GET /metrics has the content type of an OpenMetrics registry', async () => {
    const open = new Registry<OpenMetricsContentType>()
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const { type, text } = await get(await serve({ registry: open }), '/metrics')
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(text).toMatch(/# EOF\n$/)
  })

  it('scrapes that come while the metrics are rendered are all answered with the next rendering', async () => {
    let renderings = 0
    let [firstBegins, release, lastArrives] = [() => {}, () => {}, () => {}]
    const isFirst = new Promise<void>((resolve) => (firstBegins = resolve))
    const isReleased = new Promise<void>((resolve) => (release = resolve))
    const isLast = new Promise<void>((resolve) => (lastArrives = resolve))
    const collect = async () => {
      renderings++
      firstBegins()
      await isReleased
    }
    new Gauge({ name: 'mine', help: 'Mine.', registers: [registry], collect })
    const health = async () => {
      lastArrives()
      return state
    }
    const server = await serve({ health })
    const first = get(server, '/metrics')
    await isFirst
    // One connection, whose requests are read in their order: when the health is asked for, the scrapes before it have come.
    const { port } = server.address
    const socket = connect(port, '127.0.0.1')
    const line = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${more}\r\n`
    socket.write(line('/metrics').repeat(5) + line('/healthz', 'connection: close\r\n'))
    await isLast
    release()
    const answers = await text(socket)
    expect((await first).status).toBe(200)
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(6)
    expect(answers.match(/# TYPE mine gauge/g)).toHaveLength(5)
    expect(renderings).toBe(2)
  })

  it('GET /metrics answers 500 and says why when a metric cannot be collected', async () => {
    const lines: string[] = []
    const logger = pino({}, { write: (line) => void lines.push(line) })
    const collect = () => {
      throw new Error('the database is gone')
    }
    new Gauge({ name: 'mine', help: 'Mine.', registers: [registry], collect })
    const { status, type, text } = await get(await serve({ logger }), '/metrics')
    expect(status).toBe(500)
    expect(type).toBe('text/plain; charset=utf-8')
    expect(text).toBe('metrics cannot be collected: Error: the database is gone\n')
    expect(JSON.parse(lines[0]!)).toMatchObject({
      msg: 'metrics cannot be collected',
      err: { message: 'the database is gone' },
    })
  })
})

describe('health', () => {
  const problems: HealthProblem[] = [{ kind: 'thread', text: 'thread 0 of mail is restarting' }]

  it('/healthz and /readyz answer 200 while there is no problem', async () => {
    const server = await serve()
    for (const path of ['/healthz', '/readyz']) {
      const { status, type, text } = await get(server, path)
      expect(status).toBe(200)
      expect(type).toBe('application/json; charset=utf-8')
      expect(JSON.parse(text)).toEqual({ live: true, ready: true, problems: [] })
    }
  })

  it('/healthz answers 200 and /readyz 503 while a thread is down, which /readyz names', async () => {
    state = { live: true, ready: false, problems }
    const server = await serve()
    expect((await get(server, '/healthz')).status).toBe(200)
    const { status, text } = await get(server, '/readyz')
    expect(status).toBe(503)
    expect(JSON.parse(text)).toEqual({ live: true, ready: false, problems })
  })

  it('/healthz answers 503 with the problems when the scheduler does not work', async () => {
    state = { live: false, ready: false, problems: [{ kind: 'scheduler_stalled', text: 'the scheduler is 9s behind' }] }
    const { status, text } = await get(await serve(), '/healthz')
    expect(status).toBe(503)
    expect(JSON.parse(text).problems).toEqual([{ kind: 'scheduler_stalled', text: 'the scheduler is 9s behind' }])
  })

  it('/healthz answers HEAD requests', async () => {
    expect(await get(await serve(), '/healthz', 'HEAD')).toMatchObject({ status: 200, text: '' })
  })
})

describe('an unknown route', () => {
  it('an unknown path is answered with 404 and the list of known paths', async () => {
    const { status, type, text } = await get(await serve(), '/nothing')
    expect(status).toBe(404)
    expect(type).toBe('application/json; charset=utf-8')
    expect(JSON.parse(text)).toEqual({
      error: 'there is no GET /nothing',
      code: 'ERR_NO_ROUTE',
      advice: expect.stringMatching(
        /^There are GET \/healthz, GET \/readyz, GET \/metrics, .*GET \/openapi\.json, GET \/\.$/,
      ),
    })
  })

  it('a known path with a wrong method is answered with 404', async () => {
    const { status, text } = await get(await serve(), '/metrics', 'DELETE')
    expect(status).toBe(404)
    expect(JSON.parse(text).error).toBe('there is no DELETE /metrics')
  })
})

describe('the address', () => {
  it('the address of the HTTP server contains the actual port when port 0 was configured', async () => {
    const { address } = await serve({ port: 0 })
    expect(address.port).toBeGreaterThan(0)
    expect(address).toEqual({ host: '127.0.0.1', port: address.port, url: `http://127.0.0.1:${address.port}` })
  })

  it('the address of the HTTP server can be a name', async () => {
    const server = await serve({ host: 'localhost' })
    expect(server.address.url).toBe(`http://localhost:${server.address.port}`)
    expect((await get(server, '/healthz')).status).toBe(200)
  })

  it('the HTTP server takes brackets around an IPv6 address, as in a URL', async () => {
    const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))
    const problem = await serve({ host: '[::1]' }).then(
      ({ address }) => expect(address).toMatchObject({ host: '::1', url: `http://[::1]:${address.port}` }),
      (error: Error) => error.message,
    )
    if (!hasIpv6) expect(problem).toContain('this machine does not have that address')
  })

  it('the HTTP server refuses an address in use with the port and advice', async () => {
    const port = await occupy()
    await expect(serve({ port })).rejects.toMatchObject({
      name: 'UsageError',
      code: 'ERR_PORT_IN_USE',
      message:
        `cannot listen on port ${port} of 127.0.0.1: it is already in use. ` +
        'Choose another port or host (--port 0 chooses a free port), or disable HTTP (--no-http)',
      cause: { code: 'EADDRINUSE' },
    })
  })

  it('the HTTP server refuses the address of another machine', async () => {
    await expect(serve({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'ERR_HOST_UNKNOWN' })
  })
})

describe('closing', () => {
  it('closing the HTTP server does not wait for keep-alive connections and half-sent requests', async () => {
    const server = await serve()
    const agent = new Agent({ keepAlive: true })
    const [response] = await once(request(`${server.address.url}/healthz`, { agent }).end(), 'response')
    response.resume()
    await once(response, 'end')
    const halfway = connect(server.address.port, '127.0.0.1')
    await once(halfway, 'connect')
    halfway.on('error', () => {}).write('GET /metrics HTTP/1.1\r\nHost: x\r\n')
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1)

    const cut = new Promise((resolve) => halfway.once('close', resolve))
    const began = performance.now()
    await server.close()
    await cut
    // Without close, each of these connections would stay open for a minute or longer.
    expect(performance.now() - began).toBeLessThan(20_000)
    agent.destroy()
    await expect(fetch(`${server.address.url}/healthz`)).rejects.toThrow()
  })

  it('closing the HTTP server frees the port, and a second close has no effect', async () => {
    const server = await serve({ port: await freePort() })
    await Promise.all([server.close(), server.close()])
    await server.close()
    const again = await serve({ port: server.address.port })
    expect((await get(again, '/healthz')).status).toBe(200)
  })
})
