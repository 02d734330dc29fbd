/**
 * Keeps the event stream open, whatever happens to the server.
 *
 * States: connecting -> open -> (silent or broken) waiting -> connecting ...
 * 1. A stream that says nothing for {@link SILENCE_MS} counts as broken: the server says its status every 2 s.
 * 2. The wait before the next try doubles up to {@link LONGEST_WAIT_MS}; an event makes it short again.
 * 3. After `close()` nothing is called any more.
 */
import { EventStreamReader, type StreamEvent } from '../model/event-stream.js'
import { Refused } from './api.js'
import { after } from './browser-clock.js'

const SILENCE_MS = 7_000
const SHORTEST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000

export interface LiveStreamOptions {
  readonly open: (signal: AbortSignal) => AsyncIterable<string>
  readonly onEvent: (event: StreamEvent) => void
  /** The stream broke; the next try follows by itself. */
  readonly onBroken: (problem: string) => void
  /** The server refuses the token; there is no next try. */
  readonly onLocked: (problem: string) => void
}

export class LiveStream {
  readonly #options: LiveStreamOptions
  #waitMs = SHORTEST_WAIT_MS
  #isClosed = false
  #abort = new AbortController()
  #cancelNext = () => {}

  constructor(options: LiveStreamOptions) {
    this.#options = options
    void this.#connect()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelNext()
    this.#abort.abort()
  }

  async #connect(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    let problem = 'the server ended the event stream'
    try {
      await this.#read(abort)
    } catch (error) {
      problem = abort.signal.aborted ? 'the server is silent' : reasonOf(error)
      if (error instanceof Refused && (error.status === 401 || error.status === 403) && !this.#isClosed) {
        return this.#options.onLocked(error.message)
      }
    }
    if (this.#isClosed) return
    this.#cancelNext = after(this.#waitMs, () => void this.#connect())
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS)
    this.#options.onBroken(problem)
  }

  async #read(abort: AbortController): Promise<void> {
    const reader = new EventStreamReader()
    const giveUp = () => abort.abort()
    let cancelSilence = after(SILENCE_MS, giveUp)
    try {
      for await (const piece of this.#options.open(abort.signal)) {
        cancelSilence()
        cancelSilence = after(SILENCE_MS, giveUp)
        for (const event of reader.read(piece)) {
          if (this.#isClosed) return
          this.#waitMs = SHORTEST_WAIT_MS
          this.#options.onEvent(event)
        }
      }
    } finally {
      cancelSilence()
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Refused ? error.message : 'the server cannot be reached'
}
