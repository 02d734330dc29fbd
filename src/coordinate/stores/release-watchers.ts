/**
 * Notifies watchers of released leases, over one connection for all watchers.
 *
 * The connection is opened for the first watcher and kept until {@link ReleaseWatchers.close}. When it breaks, it is reopened
 * every second until that succeeds; releases in the meantime are not reported.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'

export interface ListenSession {
  /** Call it when the connection receives releases. */
  readonly onListening: () => void
  readonly onReleased: (lease: string) => void
  /** Aborted when listening must end. */
  readonly signal: AbortSignal
}

/** Listens until the connection ends, or rejects with the error that broke it. */
export type Listen = (session: ListenSession) => Promise<void>

/** Time between the end of a connection and the next attempt to connect. */
const RECONNECT_AFTER: Micros = 1_000_000

export class ReleaseWatchers {
  readonly #clock: Clock
  readonly #onError: (error: Error) => void
  readonly #listen: Listen
  readonly #watchers = new Set<(lease: string) => void>()
  readonly #closing = new AbortController()
  /** Resolves when the first attempt to connect has succeeded or failed. */
  #firstAttempt: Promise<void> | undefined
  #listening: Promise<void> | undefined

  constructor(clock: Clock, onError: (error: Error) => void, listen: Listen) {
    this.#clock = clock
    this.#onError = onError
    this.#listen = listen
  }

  /** Resolves when the connection receives releases, or when the first attempt to connect has failed. */
  async watch(onReleased: (lease: string) => void): Promise<() => void> {
    const watcher = (lease: string) => onReleased(lease)
    this.#watchers.add(watcher)
    this.#firstAttempt ??= new Promise((resolve) => {
      this.#listening = this.#keepListening(resolve)
    })
    await this.#firstAttempt
    return () => void this.#watchers.delete(watcher)
  }

  async close(): Promise<void> {
    this.#watchers.clear()
    this.#closing.abort()
    await this.#listening
  }

  async #keepListening(onAttempted: () => void): Promise<void> {
    const { signal } = this.#closing
    let isConnected = true
    while (!signal.aborted) {
      try {
        await this.#listen({
          signal,
          onReleased: (lease) => {
            for (const watcher of this.#watchers) watcher(lease)
          },
          onListening: () => {
            isConnected = true
            onAttempted()
          },
        })
      } catch (error) {
        // Report each outage once, not each failed attempt to reconnect.
        if (isConnected && !signal.aborted) this.#onError(error as Error)
        isConnected = false
      }
      onAttempted()
      await this.#clock.sleep(RECONNECT_AFTER, signal).catch(() => {})
    }
  }
}
