/** Measures what a start takes, and emits `start.measured` just before `ready`. It observes the start and controls nothing. */
import type { Clock } from '../kernel/clock.js'
import type { EngineEvents, Events } from '../kernel/events.js'
import { type Micros, microsFromSeconds, millisFromMicros } from '../kernel/time.js'

export class StartWatch {
  readonly #clock: Clock
  readonly #events: Events
  readonly #begun: Micros
  #describedAt: Micros
  #listening: Micros | undefined
  #last: { readonly upAt: Micros; readonly thread: EngineEvents['thread.started'] } | undefined

  /** The start begins now. */
  constructor(clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
    this.#begun = clock.now()
    this.#describedAt = this.#begun
    const unsubscribe = [
      events.on('thread.started', (thread) => {
        this.#last = { upAt: clock.now(), thread }
      }),
      events.on('ready', () => {
        for (const end of unsubscribe) end()
        this.#report()
      }),
    ]
  }

  /** The services are known. */
  described(): void {
    this.#describedAt = this.#clock.now()
  }

  /** Measures how long it takes until metrics and health are served. */
  async listen<Server>(open: () => Promise<Server>): Promise<Server> {
    const since = this.#clock.now()
    const server = await open()
    this.#listening = this.#clock.now() - since
    return server
  }

  #report(): void {
    const { upAt = this.#describedAt, thread } = this.#last ?? {}
    const dependencies = microsFromSeconds(thread?.dependenciesSeconds ?? 0)
    const onStart = microsFromSeconds(thread?.onStartSeconds ?? 0)
    this.#events.emit('start.measured', {
      describingMs: wholeMillis(this.#describedAt - this.#begun),
      threadsMs: wholeMillis(upAt - this.#describedAt - dependencies - onStart),
      dependenciesMs: wholeMillis(dependencies),
      onStartMs: wholeMillis(onStart),
      ...(this.#listening !== undefined && { listeningMs: wholeMillis(this.#listening) }),
      totalMs: wholeMillis(this.#clock.now() - this.#begun),
    })
  }
}

function wholeMillis(span: Micros): number {
  return Math.round(millisFromMicros(span))
}
