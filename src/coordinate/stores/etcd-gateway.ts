/**
 * The JSON gateway of etcd (3.4 or newer), over `fetch`: every member of the cluster serves it on its client port.
 *
 * With several endpoints, a request goes to another one only when it has certainly not been sent. After any other failure it
 * throws, because it may have been carried out; the next request starts with the next endpoint.
 */
import { EscapementError } from '../../kernel/errors.js'

/** `etcd://user:password@host:2379,host:2379`, taken apart. */
export interface EtcdAddress {
  /** Such as `http://host:2379`. At least one. */
  readonly endpoints: readonly string[]
  readonly user?: { readonly name: string; readonly password: string }
}

/** Answered with an error. Below status 500 the request has not been carried out. */
export class EtcdRefusal extends EscapementError {
  readonly status: number

  constructor(path: string, status: number, reason: string) {
    super('ERR_STORE_REFUSED', `etcd refused ${path} with status ${status}: ${reason}`)
    this.status = status
  }
}

/** Answers to requests that may have many are wrapped. */
interface StreamedAnswer<Answer> {
  readonly result?: Answer
  readonly error?: { readonly message?: string }
}

/** The connection was never there, so nothing can have been sent over it. */
const NEVER_SENT = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
] as const

const DEFAULT_PORT = 2379

/** Undefined when it is not an address. */
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
  /** Index of the endpoint that is asked first. */
  #first = 0
  #token: string | undefined

  constructor(address: EtcdAddress) {
    this.#address = address
  }

  /** Throws an {@link EtcdRefusal} when that is the answer. */
  async ask<Answer>(path: string, request: unknown, signal: AbortSignal): Promise<Answer> {
    using scope = new RequestScope(signal)
    const response = await this.#send(path, request, scope.signal)
    return (await response.json()) as Answer
  }

  /** The answers to one request that has many, as they come. Given up when they are not wanted any more. */
  async *follow<Answer>(path: string, request: unknown, signal: AbortSignal): AsyncGenerator<Answer> {
    using scope = new RequestScope(signal)
    const response = await this.#send(path, request, scope.signal)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body!) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines.filter(Boolean)) {
        const { result, error } = JSON.parse(line) as StreamedAnswer<Answer>
        if (result === undefined) throw new EtcdRefusal(path, response.status, error?.message ?? line)
        yield result
      }
    }
  }

  async #send(path: string, request: unknown, signal: AbortSignal): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      this.#token ??= await this.#authenticate(signal)
      const response = await this.#post(path, request, signal)
      if (response.ok) return response
      const refusal = await refusalOf(path, response)
      // A token that has lapsed: etcd has not looked at the request.
      if (!this.#token || attempt > 1 || !isAboutToken(refusal)) throw refusal
      this.#token = undefined
    }
  }

  async #authenticate(signal: AbortSignal): Promise<string | undefined> {
    const { user } = this.#address
    if (!user) return undefined
    const path = '/v3/auth/authenticate'
    const response = await this.#post(path, user, signal)
    if (!response.ok) throw await refusalOf(path, response)
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
        // A member that is cut off from the others, or on its way down.
        if (response.status >= 500) this.#first = next
        return response
      } catch (error) {
        this.#first = next
        signal.throwIfAborted()
        if (tried === endpoints.length - 1 || !wasNeverSent(error)) throw unreachable(endpoint, error)
      }
    }
  }
}

/** `fetch` listens to its signal until it is collected as garbage; the signal of a caller may live for long. */
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

function wasNeverSent(error: unknown): boolean {
  return NEVER_SENT.some((code) => code === codeOf(error))
}

/** `fetch` says no more than that it failed; what happened is the cause. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  return cause?.code
}

function unreachable(endpoint: string, error: unknown): EscapementError {
  const reason =
    (error instanceof Error && error.cause instanceof Error && error.cause.message) || codeOf(error) || error
  return new EscapementError('ERR_STORE_UNREACHABLE', `etcd at ${endpoint} cannot be reached: ${reason}`, {
    cause: error,
  })
}

async function refusalOf(path: string, response: Response): Promise<EtcdRefusal> {
  const body = await response.text()
  let reason = body
  try {
    const { message, error } = JSON.parse(body)
    reason = message ?? error ?? body
  } catch {}
  return new EtcdRefusal(path, response.status, reason)
}

function isAboutToken({ status, message }: EtcdRefusal): boolean {
  return status === 401 || message.includes('auth token') || message.includes('revision of auth store is old')
}
