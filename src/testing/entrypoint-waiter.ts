import type { DurationInput } from '../define/options/durations.js'
import { systemClock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import { EntrypointTimeoutError } from './entrypoint-hook.js'
import type { Harness } from './harness.js'
import { readSpan } from './spans.js'

export interface WaiterOptions {
  /** The longest time to wait, in real time. Default: 30 s. */
  readonly timeout?: DurationInput
  /** Returns true for the run to wait for. Default: the first run. */
  readonly accept?: (run: RunContext, result: RunResult) => boolean
}

export interface EntrypointWaiter {
  /** Waits for the run; resolves with its result or rejects with its error. */
  result(): Promise<unknown>
  /** Returns or throws the result of the run. @throws UsageError (`ERR_NOT_READY`) before the run has ended. */
  get(): unknown
}

/**
 * Waits for a run of an entrypoint, however the run was started. The run ends when the last hook of its dependencies has ended.
 *
 *     const waiter = entrypointWaiter(harness, 'handle', { accept: (_run, result) => result.outcome === 'completed' })
 *     await harness.advance('1m')
 *     expect(await waiter.result()).toBe(3)
 *
 * @throws UsageError (`ERR_NO_ENTRYPOINT`) when no entrypoint has this name.
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
  // Prevents an unhandled rejection when a test ends without calling result().
  waiting.catch(() => {})
  return {
    result: async () => valueIn(await waiting),
    get() {
      if (ended) return valueIn(ended)
      throw new UsageError('ERR_NOT_READY', `the run of ${entrypoint} has not ended yet: await result() instead`)
    },
  }
}

function valueIn(result: RunResult): unknown {
  if (result.outcome === 'failed') throw result.error
  return result.value
}
