/** The dispatcher's executor over thread pools: knows the pool of each lane's timer, and its index there. */
import type { Executor, Placement } from '../dispatch/executor.js'
import type { PoolTimerIndex, TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import type { Pool } from './pool.js'

export interface LaneAddress {
  readonly pool: Pool
  readonly timer: PoolTimerIndex
}

export class ThreadExecutor implements Executor {
  readonly #addresses: readonly LaneAddress[]

  constructor(addresses: readonly LaneAddress[]) {
    this.#addresses = addresses
  }

  place(index: TimerIndex, now: Micros): Placement | undefined {
    const { pool, timer } = this.#addresses[index]!
    const slot = pool.place(now)
    if (!slot) return undefined
    return {
      isIdle: slot.isIdle(now),
      load: slot.load,
      run: (invocation, done) => slot.run(timer, invocation, done),
    }
  }

  /** How long before it is due a tick of a timer is handed over. */
  leadOf(index: TimerIndex): Micros {
    return this.#addresses[index]!.pool.lead
  }
}
