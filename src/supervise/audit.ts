/** Checks the running engine: the ledger of each timer balances, and no run without a time-out takes very long. */
import { type Lane, type Run, type Timer, timerEvent } from '../dispatch/lane.js'
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'

const EVERY: Micros = 10_000_000

/** A run without a time-out that takes longer than this and longer than ten intervals gets a warning. */
const OVERLONG: Micros = 60_000_000
const OVERLONG_INTERVALS = 10

export interface AuditOptions {
  readonly lanes: readonly Lane[]
  readonly clock: Clock
  readonly events: Events
  /** The time between two ticks of a timer. */
  readonly periodOf: (timer: Timer) => Micros
  /** Called at the beginning of each audit. */
  readonly onAudit?: (() => void) | undefined
}

export class Audit {
  readonly #options: AuditOptions
  readonly #told = new WeakSet<Run>()
  #cancel: (() => void) | undefined

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** Starts a check every ten seconds. */
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
    this.#options.onAudit?.()
    for (const lane of this.#options.lanes) {
      for (const timer of lane.timers) this.#lookAtLedger(timer)
      if (lane.definition.timeout === undefined) this.#lookForOverlong(lane)
    }
  }

  #lookAtLedger({ ledger, definition }: Timer): void {
    if (ledger.imbalance === 0) return
    const detail = `${ledger.imbalance} ticks are unaccounted for`
    this.#options.events.emit('ledger.violated', { entrypoint: definition.id, detail })
  }

  #lookForOverlong(lane: Lane): void {
    const { clock, events, periodOf } = this.#options
    const now = clock.now()
    for (const run of lane.runs) {
      const startedAt = run.handle?.startedAt
      if (startedAt === undefined || this.#told.has(run)) continue
      const limit = Math.max(OVERLONG, OVERLONG_INTERVALS * periodOf(run.timer))
      if (now - startedAt < limit) continue
      this.#told.add(run)
      const forSeconds = secondsFromMicros(now - startedAt)
      events.emit('run.overlong', { ...timerEvent(run.timer), sequence: run.tick.sequence, forSeconds })
    }
  }
}
