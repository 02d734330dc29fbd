/** The time-out of a run whose method has returned while its report is still under way. */
import { expect, it } from 'vitest'
import { createDispatch } from '../../src/dispatch/dispatch.js'
import type { Invocation, RunHandle, RunReport } from '../../src/dispatch/executor.js'
import { Events } from '../../src/kernel/events.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

const TIMEOUT = 100_000

/**
 * Starts a run on a thread that holds its report back until long after the time-out. `returnsWhenAborted`: its method returns then.
 * Resolves to its outcomes and to how often its thread was killed.
 */
async function outcomeOf({
  hasReturned = false,
  returnsWhenAborted = false,
}): Promise<[outcomes: string[], kills: number]> {
  const clock = new VirtualClock()
  const events = new Events()
  const outcomes: string[] = []
  events.on('run.ended', ({ outcome }) => outcomes.push(outcome))
  const startedAt = clock.now()
  const endedAt = startedAt + 1_000
  let reply = () => {}
  let returned = hasReturned
  let kills = 0
  const run = (_: Invocation, done: (report: RunReport) => void): RunHandle => {
    const rest = { error: undefined, isSynchronous: true, isBlamed: false, nextInterval: undefined, threadId: 1 }
    reply = () => done({ result: 'completed', startedAt, endedAt, ...rest })
    return {
      hasStarted: true,
      get hasReturned() {
        return returned
      },
      startedAt,
      mayCallBefore() {},
      cancel: () => false,
      abort: () => {
        returned ||= returnsWhenAborted
      },
      kill: () => kills++,
    }
  }
  const definitions = [timerDefinition({ timeout: TIMEOUT, abortGrace: TIMEOUT })]
  const { timers, admission } = createDispatch({
    definitions,
    counters: countersFor(definitions),
    executor: { place: () => ({ isIdle: true, load: 0, run }) },
    coordination: { holds: () => true, claim: async () => 'claimed' },
    clock,
    events,
    isInside: () => true,
    onInterval: () => {},
  })
  admission.trigger(timers[0]!)
  await clock.advance(5 * TIMEOUT)
  reply()
  return [outcomes, kills]
}

it('a run that has returned in time completes, however late its report comes', async () => {
  expect(await outcomeOf({ hasReturned: true })).toEqual([['completed'], 0])
})

it('a run that has not returned in time has timed out, however late its report comes', async () => {
  expect(await outcomeOf({ hasReturned: false })).toEqual([['timed_out'], 1])
})

it('the thread of an aborted run that has returned within the grace is not killed, however late its report comes', async () => {
  expect(await outcomeOf({ returnsWhenAborted: true })).toEqual([['timed_out'], 0])
})
