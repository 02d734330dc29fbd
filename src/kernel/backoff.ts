import type { Backoff } from './definitions.js'
import type { Micros } from './time.js'

/**
 * The delay before the n-th retry (from 1): exponential, with a maximum, and varied by the jitter in both directions so that
 * retries that began together do not stay together. `random` returns numbers in [0, 1).
 */
export function backoffDelay(
  { initial, factor, max, jitter }: Backoff,
  retry: number,
  random: () => number = Math.random,
): Micros {
  const delay = Math.min(initial * factor ** (retry - 1), max)
  return Math.round(Math.min(delay * (1 + jitter * (2 * random() - 1)), max))
}
