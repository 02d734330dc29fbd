/**
 * Those who want to hear of leases that are given back, and the one connection that listens for all of them.
 *
 * It is opened for the first watcher and kept until {@link Watchers.close}. When it breaks it is opened again, after a
 * second, for as long as it takes; what is said meanwhile is not heard.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'

export interface ListenSession {
  /** From now on releases are heard. */
  readonly onUp: () => void
  readonly onReleased: (lease: string) => void
  /** Stop listening. */
  readonly signal: AbortSignal
}

/** Listens until the connection ends, or rejects with what broke it. */
export type Listen = (session: ListenSession) => Promise<void>

/** Between the end of a connection and the next attempt. */
const RECONNECT_AFTER: Micros = 1_000_000

export class Watchers {
  readonly #clock: Clock
  readonly #onTrouble: (error: Error) => void
  readonly #listen: Listen
  readonly #watchers = new Set<(lease: string) => void>()
  readonly #closing = new AbortController()
  /** Resolves when the first attempt to connect has come to something, good or bad. */
  #attempted: Promise<void> | undefined
  #listening: Promise<void> | undefined

  constructor(clock: Clock, onTrouble: (error: Error) => void, listen: Listen) {
    this.#clock = clock
    this.#onTrouble = onTrouble
    this.#listen = listen
  }

  /** Resolves when releases are heard, or when the first attempt to listen has failed. */
  async watch(onReleased: (lease: string) => void): Promise<() => void> {
    const watcher = (lease: string) => onReleased(lease)
    this.#watchers.add(watcher)
    this.#attempted ??= new Promise((resolve) => {
      this.#listening = this.#keepListening(resolve)
    })
    await this.#attempted
    return () => void this.#watchers.delete(watcher)
  }

  async close(): Promise<void> {
    this.#watchers.clear()
    this.#closing.abort()
    await this.#listening
  }

  async #keepListening(onAttempted: () => void): Promise<void> {
    const { signal } = this.#closing
    let isUp = true
    while (!signal.aborted) {
      try {
        await this.#listen({
          signal,
          onReleased: (lease) => {
            for (const watcher of this.#watchers) watcher(lease)
          },
          onUp: () => {
            isUp = true
            onAttempted()
          },
        })
      } catch (error) {
        // Told once for each outage, not for each attempt to end it.
        if (isUp && !signal.aborted) this.#onTrouble(error as Error)
        isUp = false
      }
      onAttempted()
      await this.#clock.sleep(RECONNECT_AFTER, signal).catch(() => {})
    }
  }
}
