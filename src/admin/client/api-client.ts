/** Asks the API of a running supervisor. It imports nothing of the server. */
import type { ControlAction } from '../../kernel/control.js'
import { EscapementError } from '../../kernel/errors.js'
import type { ApiError, ControlBody, Done, Entrypoints, Status, Why } from '../api/schemas.js'

export interface ApiClientOptions {
  /** Where the supervisor serves HTTP: `http://127.0.0.1:9464`. */
  readonly url: string
  /** Sent as bearer token; undefined: none. */
  readonly token?: string | undefined
}

/** Nothing answers at the address, or what answers is not the API. */
export class UnreachableError extends EscapementError {}

/** The API refused a request. */
export class RefusedError extends EscapementError {
  readonly status: number

  constructor(status: number, { error, code, advice }: ApiError) {
    super(code, advice === undefined ? error : `${error}${error.endsWith('?') ? '' : '.'} ${advice}`)
    this.status = status
  }
}

const ANSWER_WITHIN_MS = 10_000

export class ApiClient {
  readonly #options: ApiClientOptions

  constructor(options: ApiClientOptions) {
    this.#options = options
  }

  status(): Promise<Status> {
    return this.#ask('/api/status')
  }

  /** Without strips. */
  entrypoints(): Promise<Entrypoints> {
    return this.#ask('/api/entrypoints?cells=0')
  }

  why(id: string): Promise<Why> {
    return this.#ask(`/api/entrypoints/${encodeURIComponent(id)}/why`)
  }

  control(action: ControlAction, id: string, body: ControlBody): Promise<Done> {
    return this.#ask(`/api/entrypoints/${encodeURIComponent(id)}/${action}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  }

  /** @throws UnreachableError (`ERR_UNREACHABLE`) or RefusedError. */
  async #ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const { url, token } = this.#options
    const headers = { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const request = { ...init, headers, redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) } as const
    const response = await fetch(new URL(path.slice(1), url.endsWith('/') ? url : `${url}/`), request).catch(
      (error) => {
        throw unreachable(url, reasonOf(error), error)
      },
    )
    const answer: unknown = await response.json().catch((error) => {
      throw unreachable(url, `what answers there, with status ${response.status}, is not the API of escapement`, error)
    })
    if (response.ok) return answer as Answer
    if (isApiError(answer)) throw new RefusedError(response.status, answer)
    throw unreachable(url, `what answers there, with status ${response.status}, is not the API of escapement`)
  }
}

function unreachable(url: string, reason: string, cause?: unknown): UnreachableError {
  return new UnreachableError(
    'ERR_UNREACHABLE',
    `no supervisor was reached at ${url}: ${reason}. Is it running, with HTTP? Give its address with --url, or its configuration with --config`,
    { cause },
  )
}

/** fetch hides what happened in the cause, and a connection to two addresses hides it once more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `there was no answer within ${ANSWER_WITHIN_MS / 1_000} s`
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0])
  return cause instanceof Error ? reasonOf(cause) : error.message
}

function isApiError(answer: unknown): answer is ApiError {
  return typeof answer === 'object' && answer !== null && 'error' in answer && 'code' in answer
}
