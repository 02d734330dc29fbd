/** Opens the queue of the processes, and fills it before they start: so what offers is not what limits them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../dist/src/kernel/clock.js'
import type { Ticket } from '../../dist/src/kernel/ticket.js'
import { openQueue } from '../../dist/src/queue/open-queue.js'
import type { RunQueue } from '../../dist/src/queue/run-queue.js'

const OFFERED_AT_ONCE = 50
const LOCK = 30_000_000
const RETAIN = 3_600_000_000

/** Resolves when the store answers; its tables exist then. */
export async function openStore(url: string, namespace: string): Promise<RunQueue> {
  const queue = await openQueue({
    ...{ url, namespace, lock: LOCK, retain: RETAIN, clock: systemClock() },
    onDiscarded: () => {},
    // Requests fail too, and are repeated.
    onError: () => {},
  })
  for (;;) {
    try {
      await queue.check()
      return queue
    } catch {
      await sleep(20)
    }
  }
}

/** Puts so many tickets of `jobs` into the queue. */
export async function fill(queue: RunQueue, count: number): Promise<void> {
  const first = (Date.now() - 60_000) * 1_000
  let offered = 0
  const loop = async () => {
    while (offered < count) await queue.offer(ticketOf(first, ++offered))
  }
  await Promise.all(Array.from({ length: OFFERED_AT_ONCE }, loop))
}

/** Each comes due a microsecond after the one before. */
function ticketOf(first: number, sequence: number): Ticket {
  const dueMicros = first + sequence
  const entrypoint = 'jobs.run'
  return {
    id: `${entrypoint}@${dueMicros}us`,
    service: 'jobs',
    lane: entrypoint,
    entrypoint,
    sequence,
    dueAt: dueMicros / 1_000,
    expiresAt: undefined,
    overlap: 'allow',
    attempts: 1,
    backoff: { initial: 1_000_000, factor: 2, max: 60_000_000, jitter: 0 },
    atMostOnce: false,
  }
}
