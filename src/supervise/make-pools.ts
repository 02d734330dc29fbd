/** The pools of a set of services, with what becomes of their threads told to observers. */
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import { spawnThread } from '../pool/piscina-thread.js'
import { Pool, type PoolOptions } from '../pool/pool.js'
import type { WorkerSlot } from '../pool/worker-slot.js'
import { restartPolicy } from './restart.js'

export interface PoolSurroundings
  extends Pick<PoolOptions, 'config' | 'log' | 'onMessage' | 'onLink' | 'rpcTimeout' | 'coordination'> {
  readonly clock: Clock
  readonly events: Events
  readonly startDeadline: Micros
  /** A thread has come up. */
  readonly onUp: (pool: Pool) => void
}

export function makePools(services: readonly ServiceDefinition[], around: PoolSurroundings): Pool[] {
  const { events, onUp, ...options } = around
  return [...new Set(services.map((service) => service.pool))].map(
    (name) =>
      new Pool({
        ...options,
        spawn: spawnThread,
        name,
        services: services.filter((service) => service.pool === name),
        restartPolicy,
        onUp(pool, slot, took) {
          events.emit('thread.started', {
            ...threadOf(pool, slot),
            restarts: slot.restarts,
            tookSeconds: secondsFromMicros(took),
          })
          onUp(pool)
        },
        onExit(pool, slot, { threadId, reason, exitCode, error }, restartIn) {
          events.emit('thread.exited', {
            ...threadOf(pool, slot),
            threadId,
            reason,
            exitCode,
            ...(error && { error }),
            ...(restartIn !== undefined && { restartIn: secondsFromMicros(restartIn) }),
          })
        },
        onZombie: (pool, slot) => events.emit('thread.zombie', threadOf(pool, slot)),
      }),
  )
}

function threadOf(pool: Pool, slot: WorkerSlot) {
  return { pool: pool.name, services: pool.services, slot: slot.index, threadId: slot.threadId ?? 0 }
}
