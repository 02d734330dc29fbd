/**
 * Decides whether an entrypoint may run: its circuit breaker, and its quarantine after crashes.
 *
 *     closed --- n failures in a row, or 3 crashes in 60 s ---> open --- `reset` is over ---> half open
 *        ^                                                       ^                                |
 *        |                                                       +----------- the probe fails ----+
 *        +---------------------- the probe succeeds (one run) ------------------------------------+
 *
 * Each time a probe fails, the circuit stays open `factor` times longer, up to `max`. A failure opens the circuit with
 * the reason `circuit_open`, a crash with `quarantined`; quarantine cannot be turned off. A time-out counts as a failure; runs
 * that were aborted for another cause count as neither. A half-open circuit allows exactly one probe.
 */
import type { BreakerPolicy } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import type { CircuitReason, CircuitState } from '../kernel/vocabulary.js'

const CRASHES = 3
const CRASH_WINDOW: Micros = 60_000_000
const QUARANTINE: Pick<BreakerPolicy, 'reset' | 'factor' | 'max'> = { reset: 30_000_000, factor: 2, max: 600_000_000 }

/** `until`: when the next probe may start, on the monotonic clock. `lasts`: how long the circuit stays open. */
export type CircuitPhase =
  | { readonly name: 'closed' }
  | { readonly name: 'open'; readonly reason: CircuitReason; readonly until: Micros; readonly lasts: Micros }
  | { readonly name: 'half_open'; readonly reason: CircuitReason; readonly lasts: Micros }

export class Circuit {
  readonly #policy: BreakerPolicy | false
  readonly #onState: (state: CircuitPhase) => void
  #state: CircuitPhase = { name: 'closed' }
  #failures = 0
  #crashes: readonly Micros[] = []

  /** @param onState is called with each new state. */
  constructor(policy: BreakerPolicy | false, onState: (state: CircuitPhase) => void = () => {}) {
    this.#policy = policy
    this.#onState = onState
  }

  get state(): CircuitState {
    return this.#state.name
  }

  /** When the next probe may start; undefined unless the circuit is open. */
  get opensAt(): Micros | undefined {
    return this.#state.name === 'open' ? this.#state.until : undefined
  }

  /** Why a tick must be skipped now; undefined when it may run, also as the probe. */
  blocks(now: Micros): CircuitReason | undefined {
    if (this.#state.name === 'closed') return undefined
    if (this.#state.name === 'open' && now >= this.#state.until) return undefined
    return this.#state.reason
  }

  /** Called when a tick has been handed to a thread. True when it is the probe, because the circuit was open. */
  tryAcquireProbe(): boolean {
    if (this.#state.name !== 'open') return false
    const { reason, lasts } = this.#state
    this.#enter({ name: 'half_open', reason, lasts })
    return true
  }

  succeeded(): void {
    this.#failures = 0
    if (this.#state.name === 'half_open') this.#close()
  }

  failed(now: Micros): void {
    this.#failures++
    this.#reopen(now)
    const policy = this.#policy
    if (policy && this.#state.name === 'closed' && this.#failures >= policy.failures) {
      this.#open('circuit_open', policy.reset, now)
    }
  }

  /** The run crashed its thread. */
  crashed(now: Micros): void {
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW), now]
    if (this.#state.name !== 'half_open' && this.#crashes.length >= CRASHES) {
      this.#open('quarantined', QUARANTINE.reset, now)
    } else {
      this.failed(now)
    }
  }

  /** The probe neither succeeded nor failed: it was aborted, declined, or too late. The next tick is the probe. */
  probeInconclusive(now: Micros): void {
    if (this.#state.name !== 'half_open') return
    const { reason, lasts } = this.#state
    this.#enter({ name: 'open', reason, until: now, lasts })
  }

  #open(reason: CircuitReason, lasts: Micros, now: Micros): void {
    this.#enter({ name: 'open', reason, until: now + lasts, lasts })
  }

  /** The probe has failed. */
  #reopen(now: Micros): void {
    if (this.#state.name !== 'half_open') return
    const { reason, lasts } = this.#state
    const { factor, max } = reason === 'quarantined' || !this.#policy ? QUARANTINE : this.#policy
    this.#open(reason, Math.min(lasts * factor, max), now)
  }

  #enter(state: CircuitPhase): void {
    this.#state = state
    this.#onState(state)
  }

  #close(): void {
    this.#enter({ name: 'closed' })
    this.#failures = 0
    this.#crashes = []
  }
}
