/**
 * Looks after the engine while it runs: whether every entrypoint's books close, and whether a run without a time-out
 * takes suspiciously long.
 */
import { type Lane, type Run, timerEvent } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'

const EVERY: Micros = 10_000_000

/** A run without a time-out that takes longer than this, and longer than ten intervals, is worth a warning. */
const OVERLONG: Micros = 60_000_000
const OVERLONG_INTERVALS = 10

export interface AuditOptions {
  readonly lanes: readonly Lane[]
  readonly clock: Clock
  readonly events: Events
  /** Distance between the ticks of a timer. */
  readonly periodOf: (timer: number) => Micros
}

export class Audit {
  readonly #options: AuditOptions
  readonly #told = new WeakSet<Run>()
  #cancel: (() => void) | undefined

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** Looks every ten seconds from now on. */
  start(): void {
    this.#cancel = this.#options.clock.after(EVERY, () => {
      this.look()
      this.start()
    })
  }

  stop(): void {
    this.#cancel?.()
  }

  look(): void {
    for (const lane of this.#options.lanes) {
      const { imbalance } = lane.ledger
      if (imbalance !== 0) {
        const detail = `${imbalance} ticks are unaccounted for`
        this.#options.events.emit('ledger.violated', { entrypoint: lane.definition.id, detail })
      }
      if (lane.definition.timeout === undefined) this.#lookForOverlong(lane)
    }
  }

  #lookForOverlong(lane: Lane): void {
    const { clock, events, periodOf } = this.#options
    const now = clock.now()
    const limit = Math.max(OVERLONG, OVERLONG_INTERVALS * periodOf(lane.index))
    for (const run of lane.runs) {
      const startedAt = run.handle?.startedAt
      if (startedAt === undefined || now - startedAt < limit || this.#told.has(run)) continue
      this.#told.add(run)
      const forSeconds = secondsFromMicros(now - startedAt)
      events.emit('run.overlong', { ...timerEvent(lane), sequence: run.tick.sequence, forSeconds })
    }
  }
}
