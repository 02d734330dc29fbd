import { randomUUID } from 'node:crypto'
import type { DurationInput } from '../define/options/durations.js'
import { systemClock } from '../kernel/clock.js'
import { EscapementError } from '../kernel/errors.js'
import { callStackOf, type RunContext } from '../kernel/run-context.js'
import { AbortedError, type Tick, tickId } from '../kernel/tick.js'
import type { Harness } from './harness.js'
import { readSpan } from './spans.js'

/** A call of `entrypointHook`, or a run that `entrypointWaiter` waited for, did not end in time. */
export class EntrypointTimeoutError extends EscapementError {
  constructor(entrypoint: string, timeout: DurationInput) {
    const span = typeof timeout === 'number' ? `${timeout} s` : timeout
    super('ERR_ENTRYPOINT_TIMEOUT', `${entrypoint}: no run ended within ${span}`)
  }
}

export interface HookOptions {
  /** The longest time to wait, in real time. Default: 30 s. */
  readonly timeout?: DurationInput
}

/**
 * Makes a function that calls an entrypoint as a tick or a call would, with its dependencies and all of their hooks. The
 * function returns or throws the result of this call, whatever other runs end meanwhile. The call ignores the schedule and the
 * overlap policy. A timer that is called without arguments receives a tick.
 *
 *     const cleanUp = entrypointHook(harness, 'cleanUp')
 *     expect(await cleanUp()).toEqual({ deleted: 3 })
 *
 * @throws UsageError (`ERR_NO_ENTRYPOINT`) when no entrypoint has this name.
 */
export function entrypointHook(
  harness: Harness,
  method: string,
  { timeout = 30 }: HookOptions = {},
  // biome-ignore lint/suspicious/noExplicitAny: the type of the result is unknown, because the method is given by its name.
): (...args: unknown[]) => Promise<any> {
  const entrypoint = harness.idOf(method)
  const limit = readSpan(timeout, 'timeout')
  return async (...args) => {
    await harness.start()
    const service = harness.services.find(({ name }) => entrypoint.startsWith(`${name}.`))!
    const isTimer = service.timers.some(({ id }) => id === entrypoint)
    const aborting = new AbortController()
    const callId = `${entrypoint}#${randomUUID()}`
    const run: RunContext = {
      kind: isTimer ? 'timer' : 'rpc',
      entrypoint,
      service: service.name,
      method: entrypoint.slice(service.name.length + 1),
      callId,
      callStack: callStackOf(callId, []),
      signal: aborting.signal,
    }
    const tick = isTimer ? tickNow(harness, run) : undefined
    let cancel = () => {}
    const late = new Promise<never>((_resolve, reject) => {
      cancel = systemClock().after(limit, () => {
        reject(new EntrypointTimeoutError(entrypoint, timeout))
        aborting.abort(new AbortedError(entrypoint, 'timeout'))
      })
    })
    try {
      const given = tick && args.length === 0 ? [tick] : args
      return await Promise.race([harness.enter(tick ? { ...run, tick } : run, given), late])
    } finally {
      cancel()
    }
  }
}

/** Makes a tick that is due now. */
function tickNow({ clock, log }: Harness, { entrypoint, signal }: RunContext): Tick {
  const dueWall = clock.wallNow()
  return {
    entrypoint,
    id: tickId(entrypoint, dueWall),
    sequence: -1,
    dueAt: new Date(dueWall),
    dueHrtime: BigInt(clock.now()) * 1_000n,
    latenessMs: 0,
    attempt: 1,
    signal,
    get aborted() {
      return signal.aborted
    },
    throwIfAborted: () => signal.throwIfAborted(),
    log: log.child({ entrypoint, tick: -1 }),
  }
}
