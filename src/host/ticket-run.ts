/**
 * The run of a ticket: its method may be called only while this instance holds the ticket for long enough.
 *
 * The answer comes from memory shared with the main thread and from the clock, so it is right also after the whole process was frozen.
 * A freeze between the answer and the first statement of the method goes unnoticed: then only the fence keeps a late write out.
 */
import { AbortedError } from '../kernel/tick.js'
import type { LiveTick } from './live-tick.js'
import { TickRun } from './tick-run.js'

export class TicketRun extends TickRun {
  readonly #holds: () => boolean
  #wasRefused = false

  /** @param holds whether the method may be called now, by the lock of the ticket. */
  constructor(tick: LiveTick, method: string, holds: () => boolean) {
    super(tick, method)
    this.#holds = holds
  }

  override isHeld(): boolean {
    return this.#holds()
  }

  override get wasRefused(): boolean {
    return this.#wasRefused
  }

  /** @throws AbortedError when the method may no longer be called. */
  override refuseUnlessHeld(): void {
    if (this.isHeld()) return
    this.#wasRefused = true
    throw new AbortedError(this.entrypoint, 'lease_lost')
  }
}
