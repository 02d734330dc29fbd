import type { DurationInput } from '../define/options/durations.js'
import { systemClock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import { EntrypointTimeoutError } from './entrypoint-hook.js'
import type { Harness } from './harness.js'
import { readSpan } from './spans.js'

export interface WaiterOptions {
  /** In real time. Default: 30 s. */
  readonly timeout?: DurationInput
  /** Says whether this run is the one; default: the first is. */
  readonly accept?: (run: RunContext, result: RunResult) => boolean
}

export interface EntrypointWaiter {
  /** What the run returned, or a rejection with what it threw; waits for it. */
  result(): Promise<unknown>
  /** The same, at once. @throws UsageError (`ERR_NOT_READY`) while the run has not ended. */
  get(): unknown
}

/**
 * Waits for a run of an entrypoint, whoever starts it. It is over when every hook of its dependencies is.
 *
 *     const waiter = entrypointWaiter(harness, 'handle', { accept: (_run, result) => result.outcome === 'completed' })
 *     await harness.advance('1m')
 *     expect(await waiter.result()).toBe(3)
 *
 * @throws UsageError (`ERR_NO_ENTRYPOINT`) when there is none of that name.
 */
export function entrypointWaiter(
  harness: Harness,
  method: string,
  { timeout = 30, accept = () => true }: WaiterOptions = {},
): EntrypointWaiter {
  const entrypoint = harness.idOf(method)
  let ended: RunResult | undefined
  const waiting = new Promise<RunResult>((resolve, reject) => {
    const stop = () => {
      unwatch()
      cancel()
    }
    const unwatch = harness.watch((run, result) => {
      if (run.entrypoint !== entrypoint) return
      try {
        if (!accept(run, result)) return
        ended = result
        resolve(result)
      } catch (error) {
        reject(error)
      }
      stop()
    })
    const cancel = systemClock().after(readSpan(timeout, 'timeout'), () => {
      unwatch()
      reject(new EntrypointTimeoutError(entrypoint, timeout))
    })
  })
  // A test that ends before anybody has asked must not fail of it.
  waiting.catch(() => {})
  return {
    result: async () => valueIn(await waiting),
    get() {
      if (ended) return valueIn(ended)
      throw new UsageError('ERR_NOT_READY', `no run of ${entrypoint} that was waited for has ended yet`)
    },
  }
}

function valueIn(result: RunResult): unknown {
  if (result.outcome === 'failed') throw result.error
  return result.value
}
