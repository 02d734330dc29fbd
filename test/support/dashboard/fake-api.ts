/** A small server that answers as the API does, so that the dashboard can be tested in states that a real engine is seldom in. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cell, Change, EntrypointDetail, Service, Status } from '../../../src/admin/api/schemas.js'
import { CONTENT_SECURITY_POLICY, page, pageAddress } from '../../../src/admin/dashboard/page.js'
import type { FakeDeployment } from './fake-deployment.js'
import { cellsOf, ENDS, entrypointOf, ticksOf } from './fake-entrypoints.js'

const ASSETS = new URL('../../../dist/src/admin/dashboard/assets/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }

export interface FakeApiOptions {
  readonly deployment: FakeDeployment
  readonly now: number
  /** Control needs this token. */
  readonly token?: string
  /** All data needs a token. */
  readonly isLocked?: boolean
  /** Default: any free port. */
  readonly port?: number
}

export interface ControlRequest {
  readonly path: string
  readonly body: unknown
}

export class FakeApi {
  deployment: FakeDeployment
  readonly controls: ControlRequest[] = []
  /** Authorization headers of the event streams that were opened. */
  readonly streamAuthorizations: (string | undefined)[] = []
  readonly urls: string[] = []
  readonly #options: FakeApiOptions
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #streams = new Set<ServerResponse>()
  readonly #cells: Map<string, Cell[]>

  private constructor(options: FakeApiOptions) {
    this.#options = options
    this.deployment = options.deployment
    this.#cells = new Map(this.deployment.entrypoints.map((fake) => [fake.id, cellsOf(fake, options.now)]))
  }

  static async start(options: FakeApiOptions): Promise<FakeApi> {
    const api = new FakeApi(options)
    await api.listen(options.port ?? 0)
    return api
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  /** Stops listening and breaks all connections. It can listen again. */
  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
    this.#streams.clear()
  }

  /** Sends an event to everybody who reads the stream. */
  send(event: string, data: unknown): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Ticks of entrypoints end: the stream says so. */
  endTicks(cells: readonly (readonly [entrypoint: number, ...Cell])[]): void {
    for (const [index, ...cell] of cells) this.#cells.get(this.deployment.entrypoints[index]!.id)?.push(cell)
    this.send('ticks', { at: this.#options.now, ends: ENDS, cells })
  }

  change(change: Change): void {
    this.deployment = { ...this.deployment, changes: [change, ...this.deployment.changes] }
    this.send('change', change)
  }

  status(authorization?: string): Status {
    const { now: at, token } = this.#options
    const { verdict, entrypoints } = this.deployment
    return {
      ...{ instance: 'host-a/4711', version: '2.4.1', node: '20.19.0', startedAt: at - 2_400_000, at, pid: 4711 },
      ...{ host: 'host-a', verdict, canControl: token !== undefined && authorization === `Bearer ${token}` },
      totals: {
        ...{
          services: 4,
          entrypoints: entrypoints.length,
          due: 1_000,
          taken: 0,
          skipped: 10,
          handedOver: 0,
          returned: 0,
        },
        ...{ runs: 990, failed: 43, active: 1, pending: 0 },
      },
      dropped: {},
    }
  }

  #entrypoints(cellCount: number) {
    const { now } = this.#options
    return {
      at: now,
      ends: [...ENDS],
      entrypoints: this.deployment.entrypoints.map((fake) => {
        const cells = this.#cells.get(fake.id)!
        const entrypoint = entrypointOf(fake, now, cells)
        return cellCount > 0 ? { ...entrypoint, strip: cells.slice(-cellCount) } : entrypoint
      }),
    }
  }

  #detail(id: string): EntrypointDetail | undefined {
    const fake = this.deployment.entrypoints.find((one) => one.id === id)
    if (!fake) return undefined
    const cells = this.#cells.get(id)!
    const ticks = ticksOf(id, cells)
    return {
      entrypoint: { ...entrypointOf(fake, this.#options.now, cells), strip: cells.slice(-60) },
      options: { overlap: 'skip', timeout: 'none', retry: '1 attempt', scope: 'instance' },
      ticks,
      problems: ticks.filter(({ outcome }) => outcome !== undefined && outcome !== 'completed').slice(0, 20),
      errors: [],
      why: { entrypoint: id, sentences: [`${id} ${fake.text}.`, ...(fake.facts ?? [])] },
      changes: this.deployment.changes.filter(({ entrypoint }) => entrypoint === undefined || entrypoint === id),
      ...fake.detail,
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.urls.push(request.url!)
    const url = new URL(request.url!, this.url)
    const { authorization } = request.headers
    const { isLocked, token } = this.#options
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
    if (url.pathname === '/') return this.#page(url, response)
    if (url.pathname.startsWith('/assets/')) return sendAsset(url.pathname.slice('/assets/'.length), response)
    if (isLocked && authorization !== `Bearer ${token}`) {
      return json(response, 401, { error: 'this server needs a token', code: 'ERR_TOKEN' })
    }
    if (url.pathname === '/api/events') return this.#stream(response, authorization)
    if (request.method === 'POST') return this.#control(request, response, url.pathname, authorization)
    const answer = this.#get(url, authorization)
    if (answer) return json(response, 200, answer)
    json(response, 404, { error: 'there is no such entrypoint', code: 'ERR_NO_TIMER' })
  }

  #get(url: URL, authorization: string | undefined): unknown {
    const { threads, leases, members, changes } = this.deployment
    switch (url.pathname) {
      case '/api/status':
        return this.status(authorization)
      case '/api/entrypoints':
        return this.#entrypoints(Number(url.searchParams.get('cells') ?? 60))
      case '/api/services':
        return { services: this.#services() }
      case '/api/threads':
        return { threads }
      case '/api/leases':
        return { leases, members }
      case '/api/changes':
        return { changes }
    }
    const id = /^\/api\/entrypoints\/([^/]+)$/.exec(url.pathname)?.[1]
    return id === undefined ? undefined : this.#detail(decodeURIComponent(id))
  }

  #services(): Service[] {
    const { entrypoints, queues = {} } = this.deployment
    return [...new Set(entrypoints.map(({ id }) => id.split('.')[0]!))].map((name) => ({
      ...{ name, pool: name, module: `${name}.ts`, threads: 1, entrypoints: [], rpcs: [], restarts: 0 },
      ...(queues[name] && { queue: queues[name] }),
    }))
  }

  #page(url: URL, response: ServerResponse): void {
    const address = pageAddress(url.searchParams)
    const detail = address.entrypoint === undefined ? undefined : this.#detail(address.entrypoint)
    const services = this.#services()
    const views = {
      ...{ ...this.deployment, address, services, status: this.status() },
      ...{ entrypoints: this.#entrypoints(60), ...(detail ? { detail } : {}) },
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page(this.#options.isLocked ? undefined : views))
  }

  #stream(response: ServerResponse, authorization: string | undefined): void {
    this.streamAuthorizations.push(authorization)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
    const entrypoints = this.deployment.entrypoints.map(({ id }) => id)
    response.write(`event: hello\ndata: ${JSON.stringify({ entrypoints, ends: ENDS })}\n\n`)
    response.write(`event: status\ndata: ${JSON.stringify(this.status(authorization))}\n\n`)
  }

  async #control(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    authorization: string | undefined,
  ): Promise<void> {
    const { token } = this.#options
    if (token === undefined || authorization !== `Bearer ${token}`) {
      return json(response, 401, { error: 'the token is wrong', code: 'ERR_TOKEN' })
    }
    let text = ''
    for await (const piece of request) text += piece
    this.controls.push({ path, body: JSON.parse(text) })
    json(response, 200, { entrypoint: 'x', text: `done: ${path.split('/').at(-1)}` })
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

async function sendAsset(name: string, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', TYPES[name.split('.').at(-1)!] ?? 'text/plain')
  response.end(await readFile(new URL(name, ASSETS)))
}
