/**
 * Sends what happens to those who keep a request to `/api/events` open: server-sent events.
 *
 * 1. Nothing waits for a reader. What it has not taken yet is in memory, up to {@link READER_BUFFER}; one that exceeds that is dropped.
 * 2. At most {@link MOST_READERS} readers at the same time.
 * 3. While nobody reads, nothing is made into text and no timer runs.
 */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../kernel/clock.js'
import { microsFromMillis } from '../../kernel/time.js'
import { ApiFailure } from './api-failure.js'
import { MOST_READERS, READER_BUFFER } from './limits.js'
import type { Views } from './views.js'

export interface EventStreamOptions {
  readonly views: Views
  readonly clock: Pick<Clock, 'after' | 'wallNow'>
  /** A reader did not take what was sent, and was disconnected. */
  readonly onDropped: () => void
}

interface Reader {
  readonly response: ServerResponse
  readonly canControl: boolean
}

const STATUS_EVERY = microsFromMillis(2_000)

export class EventStream {
  readonly #options: EventStreamOptions
  readonly #readers = new Set<Reader>()
  #stop: (() => void) | undefined

  constructor(options: EventStreamOptions) {
    this.#options = options
  }

  /** @throws ApiFailure when there are too many. */
  refuseMore(): void {
    if (this.#readers.size < MOST_READERS) return
    throw new ApiFailure(
      429,
      'ERR_TOO_MANY_READERS',
      `${MOST_READERS} readers of the event stream are connected, and no more are taken`,
      'Close a dashboard or another reader, or ask /api/status from time to time.',
    )
  }

  /** The response is the stream's from now on. */
  add(response: ServerResponse, canControl: boolean): void {
    const reader: Reader = { response, canControl }
    response.on('close', () => this.#remove(reader))
    response.on('error', () => this.#remove(reader))
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // For nginx, which would collect events.
      'x-accel-buffering': 'no',
    })
    const { ids, ends } = this.#options.views
    this.#readers.add(reader)
    this.#stop ??= this.#follow()
    this.#send(reader, eventText('hello', { entrypoints: ids, ends }))
    void this.#sendStatus([reader])
  }

  close(): void {
    for (const reader of [...this.#readers]) {
      this.#remove(reader)
      reader.response.destroy()
    }
  }

  #follow(): () => void {
    const { views, clock } = this.#options
    const endTicks = views.onTicks((cells) => {
      if (cells.length > 0) this.#broadcast(eventText('ticks', { at: clock.wallNow(), cells }))
    })
    const endChanges = views.onChange((change) => this.#broadcast(eventText('change', change)))
    let cancel = () => {}
    const beat = () => {
      cancel = clock.after(STATUS_EVERY, () => {
        beat()
        void this.#sendStatus([...this.#readers])
      })
    }
    beat()
    return () => {
      endTicks()
      endChanges()
      cancel()
    }
  }

  async #sendStatus(readers: readonly Reader[]): Promise<void> {
    const status = await this.#options.views.status(false)
    for (const canControl of [false, true]) {
      const text = eventText('status', { ...status, canControl })
      for (const reader of readers) if (reader.canControl === canControl) this.#send(reader, text)
    }
  }

  #broadcast(text: string): void {
    for (const reader of [...this.#readers]) this.#send(reader, text)
  }

  #send(reader: Reader, text: string): void {
    if (!this.#readers.has(reader)) return
    const { response } = reader
    if (response.writableLength + text.length <= READER_BUFFER) {
      response.write(text)
      return
    }
    this.#remove(reader)
    response.destroy()
    this.#options.onDropped()
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    this.#stop?.()
    this.#stop = undefined
  }
}

function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
