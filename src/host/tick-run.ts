/** The run of a tick, as hooks and `currentRun()` see it. Properties that may never be read are computed lazily. */
import type { RunContext } from '../kernel/run-context.js'
import type { LiveTick } from './live-tick.js'

export class TickRun implements RunContext {
  readonly kind = 'timer'
  readonly method: string
  readonly tick: LiveTick

  constructor(tick: LiveTick, method: string) {
    this.tick = tick
    this.method = method
  }

  get entrypoint(): string {
    return this.tick.entrypoint
  }

  get service(): string {
    return this.entrypoint.slice(0, this.entrypoint.indexOf('.'))
  }

  get callId(): string {
    const { entrypoint, dueAt, attempt } = this.tick
    return `${entrypoint}@${dueAt.toISOString()}${attempt > 1 ? `#${attempt}` : ''}`
  }

  /** A tick is the root of its calls. */
  get callStack(): readonly string[] {
    return [this.callId]
  }

  get signal(): AbortSignal {
    return this.tick.signal
  }

  /** Whether the method may be called, as far as the queue is concerned. A tick that is no ticket needs no lock. */
  isHeld(): boolean {
    return true
  }

  /** Whether {@link refuseUnlessHeld} has thrown. */
  get wasRefused(): boolean {
    return false
  }

  /** Call it between the hooks of the dependencies and the method. */
  refuseUnlessHeld(): void {}
}
