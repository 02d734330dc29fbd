/**
 * Client of the JSON gateway of etcd (3.4 or newer), over `fetch`. Every node of the cluster serves it on its client port.
 *
 * With several endpoints, a request is sent to another endpoint only when it has certainly not been sent yet. After any
 * other failure it rejects, because it may have been carried out, and the next request starts with the next endpoint.
 */
import { EscapementError } from '../../kernel/errors.js'

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

/** Error codes of a connection that was never opened, so that nothing can have been sent. */
const NOT_SENT = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
] as const

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
  return { endpoints, user: { name: decodeURIComponent(name), password: decodeURIComponent(password) } }
}

export class EtcdGateway {
  readonly #address: EtcdAddress
  /** Index of the endpoint that the next request tries first. */
  #first = 0
  #token: string | undefined

  constructor(address: EtcdAddress) {
    this.#address = address
  }

  /** @throws EtcdResponseError when etcd answers with an error. */
  async request<Answer>(path: string, request: unknown, signal: AbortSignal): Promise<Answer> {
    using scope = new RequestScope(signal)
    const response = await this.#send(path, request, scope.signal)
    return (await response.json()) as Answer
  }

  /** The clock of a node in milliseconds since 1970, cut off to whole seconds; undefined when the node does not tell. */
  async readDate(signal: AbortSignal): Promise<number | undefined> {
    using scope = new RequestScope(signal)
    const { endpoints } = this.#address
    const endpoint = endpoints[this.#first % endpoints.length]!
    try {
      const response = await fetch(`${endpoint}/version`, { signal: scope.signal })
      await response.arrayBuffer()
      const date = Date.parse(response.headers.get('date') ?? '')
      return Number.isNaN(date) ? undefined : date
    } catch (error) {
      signal.throwIfAborted()
      this.#first = (this.#first + 1) % endpoints.length
      throw unreachable(endpoint, error)
    }
  }

  /** Yields the answers to one request as they arrive. Ends when the caller stops iterating. */
  async *stream<Answer>(path: string, request: unknown, signal: AbortSignal): AsyncGenerator<Answer> {
    using scope = new RequestScope(signal)
    const response = await this.#send(path, request, scope.signal)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body!) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines.filter(Boolean)) {
        const { result, error } = JSON.parse(line) as StreamedAnswer<Answer>
        if (result === undefined) throw new EtcdResponseError(path, response.status, error?.message ?? line)
        yield result
      }
    }
  }

  async #send(path: string, request: unknown, signal: AbortSignal): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      this.#token ??= await this.#authenticate(signal)
      const response = await this.#post(path, request, signal)
      if (response.ok) return response
      const error = await responseError(path, response)
      // When the token has expired, etcd has not carried out the request: authenticate again and repeat it.
      if (!this.#token || attempt > 1 || !isTokenRejected(error)) throw error
      this.#token = undefined
    }
  }

  async #authenticate(signal: AbortSignal): Promise<string | undefined> {
    const { user } = this.#address
    if (!user) return undefined
    const path = '/v3/auth/authenticate'
    const response = await this.#post(path, user, signal)
    if (!response.ok) throw await responseError(path, response)
    const { token } = (await response.json()) as { token: string }
    return token
  }

  async #post(path: string, request: unknown, signal: AbortSignal): Promise<Response> {
    const { endpoints } = this.#address
    const first = this.#first
    for (let tried = 0; ; tried++) {
      const endpoint = endpoints[(first + tried) % endpoints.length]!
      const next = (first + tried + 1) % endpoints.length
      try {
        const response = await fetch(endpoint + path, {
          method: 'POST',
          body: JSON.stringify(request),
          headers: { 'content-type': 'application/json', ...(this.#token && { authorization: this.#token }) },
          signal,
        })
        // The node is cut off from the cluster or shutting down.
        if (response.status >= 500) this.#first = next
        return response
      } catch (error) {
        this.#first = next
        signal.throwIfAborted()
        if (tried === endpoints.length - 1 || !wasNotSent(error)) throw unreachable(endpoint, error)
      }
    }
  }
}

/**
 * Gives each request a signal of its own. `fetch` keeps its listener on a signal until garbage collection, and the caller's
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

function wasNotSent(error: unknown): boolean {
  return NOT_SENT.some((code) => code === errorCode(error))
}

/** The error of `fetch` only says that it failed; its cause has the code. */
function errorCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  return cause?.code
}

function unreachable(endpoint: string, error: unknown): EscapementError {
  const reason =
    (error instanceof Error && error.cause instanceof Error && error.cause.message) || errorCode(error) || error
  return new EscapementError('ERR_STORE_UNREACHABLE', `etcd at ${endpoint} cannot be reached: ${reason}`, {
    cause: error,
  })
}

async function responseError(path: string, response: Response): Promise<EtcdResponseError> {
  const body = await response.text()
  let reason = body
  try {
    const { message, error } = JSON.parse(body)
    reason = message ?? error ?? body
  } catch {}
  return new EtcdResponseError(path, response.status, reason)
}

function isTokenRejected({ status, message }: EtcdResponseError): boolean {
  return status === 401 || message.includes('auth token') || message.includes('revision of auth store is old')
}
