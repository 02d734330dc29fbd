/** The dispatcher's executor over thread pools: knows in which pool a lane's timer lives, and under which index. */
import type { Executor, Invocation, Readiness, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Micros } from '../kernel/time.js'
import type { Pool } from './pool.js'

export interface LaneAddress {
  readonly pool: Pool
  /** Index of the timer among those of the pool. */
  readonly timer: number
}

export class ThreadExecutor implements Executor {
  readonly #addresses: readonly LaneAddress[]

  constructor(addresses: readonly LaneAddress[]) {
    this.#addresses = addresses
  }

  readiness(lane: number, now: Micros): Readiness {
    const { pool } = this.#addresses[lane]!
    if (pool.hasIdleSeat(now)) return 'idle'
    return pool.isUp ? 'busy' : 'down'
  }

  run(invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    const { pool, timer } = this.#addresses[invocation.lane]!
    return pool.run(timer, invocation, done)
  }
}
