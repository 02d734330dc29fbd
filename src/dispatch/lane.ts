/**
 * The scheduler's record of one timer entrypoint: what is in flight, what waits, what has been counted.
 *
 * A lane holds state and makes no decisions; the dispatcher is its only writer.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Millis } from '../kernel/time.js'
import type { RunHandle } from './executor.js'
import { Ledger } from './ledger.js'

export class Lane {
  readonly index: number
  readonly definition: TimerDefinition
  readonly ledger = new Ledger()
  readonly inFlight = new Set<RunHandle>()
  /** The tick that starts as soon as it can; a newer one takes its place. */
  waiting: DueTick | undefined
  /** Lapsed ticks that `missed: 'all'` makes up for, oldest first, one at a time and behind the live ones. */
  readonly catchUp: DueTick[] = []
  isPaused = false
  lastSuccessAt: Millis | undefined

  constructor(index: number, definition: TimerDefinition) {
    this.index = index
    this.definition = definition
  }

  /** How many of the runs in flight have entered their method. */
  get begun(): number {
    let begun = 0
    for (const handle of this.inFlight) if (handle.hasBegun) begun++
    return begun
  }
}
