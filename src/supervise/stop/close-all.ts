/** Closes what an engine has opened: its threads, its pauses, its coordinator. */
import type { Micros } from '../../kernel/time.js'
import type { Running } from '../assemble.js'
import type { PoolThreads } from '../make-pools.js'
import type { Pauses } from '../pauses/pauses.js'

/** Of an engine that does not start: no run has begun, so nothing waits for anything else. */
export async function closeUnstarted(
  { threads, coordinator, queue }: Running<PoolThreads>,
  pauses: Pauses | undefined,
): Promise<void> {
  const unshared = Promise.resolve(pauses?.close()).then(() => coordinator.close())
  await Promise.all([...threads.pools.map((pool) => pool.close(0)), unshared, queue?.close()])
}

/**
 * Of an engine whose runs have ended. Leases are given back when the threads have ended that worked under them. Services that do not
 * stop within `grace` are added to `cutOff` at once: a forced stop does not wait for the others.
 */
export async function closeStopped(
  { threads, router, services, coordinator, queue }: Running<PoolThreads>,
  pauses: Pauses | undefined,
  grace: Micros,
  cutOff: Set<string>,
): Promise<void> {
  const closing = threads.pools.map(async (pool) => {
    for (const service of await pool.close(grace)) cutOff.add(service)
  })
  router.closed(services.map(({ name }) => name))
  await Promise.all([...closing, queue?.close()])
  await pauses?.close()
  await coordinator.close()
}
