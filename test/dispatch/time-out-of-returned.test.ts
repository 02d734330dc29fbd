/** The time-out of a run whose method has returned while its report is still under way. */
import { expect, it } from 'vitest'
import { createDispatch } from '../../src/dispatch/dispatch.js'
import type { Invocation, RunHandle, RunReport } from '../../src/dispatch/executor.js'
import { Events } from '../../src/kernel/events.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

const TIMEOUT = 100_000

/** Starts a run on a thread that holds its report back until long after the time-out. */
async function outcomeOf({ hasReturned }: { readonly hasReturned: boolean }): Promise<string[]> {
  const clock = new VirtualClock()
  const events = new Events()
  const outcomes: string[] = []
  events.on('run.ended', ({ outcome }) => outcomes.push(outcome))
  const startedAt = clock.now()
  const endedAt = startedAt + 1_000
  let reply = () => {}
  const run = (_: Invocation, done: (report: RunReport) => void): RunHandle => {
    const rest = { error: undefined, isSynchronous: true, isBlamed: false, nextInterval: undefined, threadId: 1 }
    reply = () => done({ result: 'completed', startedAt, endedAt, ...rest })
    return { hasStarted: true, hasReturned, startedAt, mayCallBefore() {}, cancel: () => false, abort() {}, kill() {} }
  }
  const definitions = [timerDefinition({ timeout: TIMEOUT })]
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
  return outcomes
}

it('a run that has returned in time completes, however late its report comes', async () => {
  expect(await outcomeOf({ hasReturned: true })).toEqual(['completed'])
})

it('a run that has not returned in time has timed out, however late its report comes', async () => {
  expect(await outcomeOf({ hasReturned: false })).toEqual(['timed_out'])
})
