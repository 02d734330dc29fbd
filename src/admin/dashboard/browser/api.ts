/** Requests to the server. The token goes into a header, never into a URL. */
import type { ControlBody, Done } from '../../api/schemas.js'

export type Action = 'trigger' | 'pause' | 'resume' | 'abort'

/** The server answered, but not with what was asked for. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.name = 'Refused'
    this.status = status
  }
}

export class Api {
  readonly #token: () => string | undefined

  constructor(token: () => string | undefined) {
    this.#token = token
  }

  /** @throws Refused when the server refuses; TypeError when it cannot be reached. */
  async get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    const response = await this.#send(path, { signal: signal ?? null })
    return (await response.json()) as Answer
  }

  async control(entrypoint: string, action: Action, body: ControlBody): Promise<Done> {
    const response = await this.#send(`api/entrypoints/${encodeURIComponent(entrypoint)}/${action}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    return (await response.json()) as Done
  }

  /** The pieces of the event stream as they arrive. */
  async *events(signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send('api/events', { signal, headers: { accept: 'text/event-stream' } })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const token = this.#token()
    const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const response = await fetch(path, { ...init, headers, cache: 'no-store' })
    if (!response.ok) throw new Refused(response.status, await refusalOf(response))
    return response
  }
}

async function refusalOf(response: Response): Promise<string> {
  try {
    const { error, advice } = (await response.json()) as { readonly error?: string; readonly advice?: string }
    if (error) return advice ? `${error}. ${advice}` : error
  } catch {
    // Not JSON: an intermediary answered.
  }
  return `the server answered ${response.status} ${response.statusText}`
}
