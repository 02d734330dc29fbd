/**
 * Client of the JSON gateway of etcd (3.4 or newer), over HTTP. Every node of the cluster serves it on its client port.
 *
 * With several endpoints, a request is sent to another endpoint only when it has certainly not been sent yet. After any
 * other failure it rejects, because it may have been carried out, and the next request starts with the next endpoint.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import { EtcdConnections, type EtcdRequest, NotConnectedError } from './etcd-connections.js'

/** The parts of `etcd://user:password@host:2379,host:2379`. */
export interface EtcdAddress {
  /** Such as `http://host:2379`. At least one. */
  readonly endpoints: readonly string[]
  readonly user?: { readonly name: string; readonly password: string }
}

/** etcd answered with an error. With a status below 500 the request has not been carried out. */
export class EtcdResponseError extends EscapementError {
  readonly status: number

  constructor(path: string, status: number, reason: string) {
    super('ERR_STORE_REFUSED', `etcd refused ${path} with status ${status}: ${reason}`)
    this.status = status
  }
}

/** The wrapper of each answer in a stream of answers. */
interface StreamedAnswer<Answer> {
  readonly result?: Answer
  readonly error?: { readonly message?: string }
}

const DEFAULT_PORT = 2379

/** Undefined when `url` is not the address of an etcd cluster. */
export function parseEtcdUrl(url: string): EtcdAddress | undefined {
  const parts = /^(etcds?):\/\/(?:([^:@/]*):([^@/]*)@)?([^@/?#]+)\/?$/i.exec(url)
  if (!parts) return undefined
  const [, scheme, name, password, hosts] = parts
  const endpoints = hosts!.split(',').map((host) => {
    const origin = `${scheme!.toLowerCase() === 'etcds' ? 'https' : 'http'}://${/:\d+$/.test(host) ? host : `${host}:${DEFAULT_PORT}`}`
    return URL.canParse(origin) ? origin : undefined
  })
  if (!endpoints.every((endpoint) => endpoint !== undefined)) return undefined
  if (name === undefined || password === undefined) return { endpoints }
  try {
    return { endpoints, user: { name: decodeURIComponent(name), password: decodeURIComponent(password) } }
  } catch {
    return undefined
  }
}

/** What is sent instead of a token. `none`: the server has said that it wants no user. */
type Token =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly text: string }

export class EtcdGateway {
  readonly #user: EtcdAddress['user']
  readonly #endpoints: readonly EtcdConnections[]
  readonly #names: readonly string[]
  /** Index of the endpoint that the next request tries first. */
  #first = 0
  #token: Token = { kind: 'unknown' }

  constructor({ endpoints, user }: EtcdAddress, clock: Clock) {
    this.#user = user
    this.#names = endpoints
    this.#endpoints = endpoints.map((endpoint) => new EtcdConnections(endpoint, clock))
  }

  /** @throws EtcdResponseError when etcd answers with an error. */
  async request<Answer>(path: string, request: unknown, signal: AbortSignal): Promise<Answer> {
    using scope = new RequestScope(signal)
    return JSON.parse(await textOf(await this.#send(path, request, scope.signal))) as Answer
  }

  /** The clock of a node in milliseconds since 1970, cut off to whole seconds; undefined when the node does not tell. */
  async readDate(signal: AbortSignal): Promise<number | undefined> {
    using scope = new RequestScope(signal)
    const { headers } = await this.#dispatch({ method: 'GET', path: '/version' }, scope.signal).then(drained)
    const date = Date.parse(headers.date ?? '')
    return Number.isNaN(date) ? undefined : date
  }

  /**
   * Yields the answers to one request as they arrive. Ends when etcd ends them, or when the caller stops iterating: then the
   * connection is closed, so iterate to the end where there is one.
   */
  async *stream<Answer>(path: string, request: unknown, signal: AbortSignal): AsyncGenerator<Answer> {
    using scope = new RequestScope(signal)
    const response = await this.#send(path, request, scope.signal)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines.filter(Boolean)) {
        const { result, error } = JSON.parse(line) as StreamedAnswer<Answer>
        if (result === undefined) throw new EtcdResponseError(path, response.statusCode ?? 0, error?.message ?? line)
        yield result
      }
    }
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close()
  }

  async #send(path: string, request: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      if (this.#token.kind === 'unknown') this.#token = await this.#authenticate(signal)
      const response = await this.#post(path, request, signal)
      if (isOk(response)) return response
      const error = await responseError(path, response)
      // The token has expired, or etcd wants a user since lately. It has not carried out the request: authenticate and repeat it.
      if (!this.#user || attempt > 1 || !isTokenRejected(error)) throw error
      this.#token = { kind: 'unknown' }
    }
  }

  async #authenticate(signal: AbortSignal): Promise<Token> {
    if (!this.#user) return { kind: 'none' }
    const path = '/v3/auth/authenticate'
    const response = await this.#post(path, this.#user, signal)
    if (isOk(response)) return { kind: 'token', text: (JSON.parse(await textOf(response)) as { token: string }).token }
    const error = await responseError(path, response)
    if (error.message.includes('authentication is not enabled')) return { kind: 'none' }
    throw error
  }

  #post(path: string, request: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = {
      'content-type': 'application/json',
      ...(this.#token.kind === 'token' && { authorization: this.#token.text }),
    }
    return this.#dispatch({ method: 'POST', path, body: JSON.stringify(request), headers }, signal)
  }

  async #dispatch(request: EtcdRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const count = this.#endpoints.length
    const first = this.#first
    for (let tried = 0; ; tried++) {
      const index = (first + tried) % count
      const next = (index + 1) % count
      try {
        const response = await this.#endpoints[index]!.send(request, signal)
        // The node is cut off from the cluster or shutting down.
        if ((response.statusCode ?? 0) >= 500) this.#first = next
        return response
      } catch (error) {
        this.#first = next
        signal.throwIfAborted()
        if (tried === count - 1 || !(error instanceof NotConnectedError)) throw unreachable(this.#names[index]!, error)
      }
    }
  }
}

/**
 * Gives each request a signal of its own: a request keeps its listener until it is collected as garbage, and the caller's
 * signal may live long.
 */
class RequestScope {
  readonly #caller: AbortSignal
  readonly #controller = new AbortController()
  readonly #abort = () => this.#controller.abort(this.#caller.reason)

  constructor(caller: AbortSignal) {
    this.#caller = caller
    caller.throwIfAborted()
    caller.addEventListener('abort', this.#abort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    this.#caller.removeEventListener('abort', this.#abort)
  }
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function drained(response: IncomingMessage): Promise<IncomingMessage> {
  await textOf(response)
  return response
}

function unreachable(endpoint: string, error: unknown): EscapementError {
  const reason = error instanceof Error ? error.message : String(error)
  return new EscapementError('ERR_STORE_UNREACHABLE', `etcd at ${endpoint} cannot be reached: ${reason}`, {
    cause: error,
  })
}

async function responseError(path: string, response: IncomingMessage): Promise<EtcdResponseError> {
  const body = await textOf(response)
  let reason = body
  try {
    const { message, error } = JSON.parse(body)
    reason = message ?? error ?? body
  } catch {}
  return new EtcdResponseError(path, response.statusCode ?? 0, reason)
}

function isTokenRejected({ status, message }: EtcdResponseError): boolean {
  return (
    status === 401 ||
    message.includes('user name is empty') ||
    message.includes('auth token') ||
    message.includes('revision of auth store is old')
  )
}
