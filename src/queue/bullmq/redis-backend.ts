/**
 * BullMQ's requests to Redis, with one correction: they wait for tickets for fractions of a second.
 *
 * BullMQ asks the server for its version to learn whether a wait may have a fraction. It is told not to ask (`skipVersionCheck`), because it
 * then also warns of settings that this package judges itself. Without an answer it waits for whole seconds, and a ticket that is
 * delayed, for a retry, is handed out up to a second late.
 */
import { createRedisBackend, type RedisQueueBackend } from 'bullmq'

/** What Redis 6.2 can, the oldest version that is supported. */
const CAPABILITIES = { canDoubleTimeout: true, canBlockFor1Ms: false }

export function createBackend(...given: Parameters<typeof createRedisBackend>): RedisQueueBackend {
  const backend = createRedisBackend(...given) as RedisQueueBackend
  const connection = backend.blockingConnection
  if (!connection) return backend
  const waitForJob = backend.waitForJob.bind(backend)
  backend.waitForJob = async (seconds) => {
    // When the connection is made, BullMQ writes down what it believes.
    await connection.client
    connection.capabilities = CAPABILITIES
    return waitForJob(seconds)
  }
  return backend
}
