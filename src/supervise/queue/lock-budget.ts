import type { QueueSettings } from '../../config/settings-queue.js'
import type { TimerDefinition } from '../../kernel/definitions.js'
import { KILL_CONFIRM } from '../../kernel/kill-confirm.js'
import { formatSpan, type Micros } from '../../kernel/time.js'

/** The share of its length for which a holder relies on a lock. */
const SAFETY = 0.99

const DEFAULT_LOCK =
  ' (escapement.queue.lock is not set, so it is the ttl of escapement.coordination.profile: 5s with "fast", 15s with "normal")'

/**
 * Returns a sentence that says why the lock is too short for the timers; undefined when it is long enough. A run whose lock is not
 * renewed is aborted so early that its thread has exited before the lock ends. At least half of the length of the lock must lie before
 * that abort, so that a renewal can be tried more than once.
 *
 * @param lock how long a lock lasts without a renewal, and whether it is the `ttl` of the coordination, because no lock is set.
 * @param clockMargin how long before the end of its lock an instance stops relying on it, because clocks differ.
 */
export function lockProblem(
  { lock, isLockOfCoordination }: Pick<QueueSettings, 'lock' | 'isLockOfCoordination'>,
  clockMargin: Micros,
  timers: readonly TimerDefinition[],
): string | undefined {
  const [longest] = timers.filter(({ scope }) => scope === 'queue').sort((a, b) => b.abortGrace - a.abortGrace)
  if (!longest) return undefined
  const needed = longest.abortGrace + KILL_CONFIRM + clockMargin
  if (lock * SAFETY - needed >= lock / 2) return undefined
  const enough = Math.ceil(needed / (SAFETY - 0.5) / 100_000) * 100_000
  return [
    `queue: a lock of ${formatSpan(lock)}${isLockOfCoordination ? DEFAULT_LOCK : ''} is too short for ${longest.id}: to end a run before another instance takes its ticket`,
    ` needs the abortGrace of ${formatSpan(longest.abortGrace)} + ${formatSpan(KILL_CONFIRM)} until a killed thread has exited`,
    clockMargin > 0 ? ` + ${formatSpan(clockMargin)} by which the clocks of two instances may differ,` : ',',
    ` and as long again is left for renewals. Set escapement.queue.lock to ${formatSpan(enough)} or more,`,
    ` or shorten the abortGrace of ${longest.id}`,
  ].join('')
}
