/** The dead-man's ping, on a virtual clock. The numbers are the invariants of src/admin/notify/heartbeat.ts. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { Heartbeat } from '../../../src/admin/notify/heartbeat.js'
import type { HeartbeatResult } from '../../../src/kernel/notices.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'

const SECOND = 1_000_000

function beat(everySeconds = 60) {
  const clock = new VirtualClock()
  const pings: number[] = []
  const results: HeartbeatResult[] = []
  const problems: string[] = []
  const state = { problem: undefined as string | undefined, answer: 'ok' as 'ok' | 'error' | 'silent' }
  const heartbeat = new Heartbeat({
    clock,
    every: everySeconds * SECOND,
    problem: async () => state.problem,
    ping(signal) {
      pings.push(clock.now() / SECOND)
      if (state.answer === 'error') return Promise.reject(new Error('status 500'))
      if (state.answer === 'ok') return Promise.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
    count: (result) => results.push(result),
    onProblem: (text) => problems.push(text),
  })
  onTestFinished(() => heartbeat.stop())
  /** What was begun goes on first, so that it waits from now on. */
  const advance = async (seconds: number) => {
    await clock.advance(0)
    await clock.advance(seconds * SECOND)
  }
  return { heartbeat, state, pings, results, problems, advance }
}

describe('the heartbeat', () => {
  it('the heartbeat is sent at the start, and then regularly', async () => {
    const { pings, problems, advance } = beat()
    await advance(150)
    expect(pings).toEqual([0, 60, 120])
    expect(problems).toEqual([])
  })

  it('1: the heartbeat is withheld while something is wrong, and each change is told of once', async () => {
    const { state, pings, results, problems, advance } = beat()
    await advance(30)
    state.problem = 'the main thread has not answered for 5s'
    await advance(120)
    state.problem = undefined
    await advance(60)
    expect(pings).toEqual([0, 180])
    expect(results).toEqual(['sent', 'withheld', 'withheld', 'sent'])
    expect(problems).toEqual([
      'the heartbeat is withheld: the main thread has not answered for 5s',
      'the heartbeat is sent again',
    ])
  })

  it('2: a heartbeat that fails is not repeated before the next one', async () => {
    const { state, pings, results, problems, advance } = beat()
    state.answer = 'error'
    await advance(130)
    expect(pings).toEqual([0, 60, 120])
    expect(results).toEqual(['failed', 'failed', 'failed'])
    expect(problems).toEqual(['the heartbeat could not be sent'])
  })

  it.each([
    [60, 10],
    [5, 5],
  ])(
    '2: with a heartbeat every %d s a receiver that does not answer is given up after %d s',
    async (every, seconds) => {
      const { state, results, advance } = beat(every)
      state.answer = 'silent'
      await advance(seconds - 0.1)
      expect(results).toEqual([])
      await advance(0.2)
      expect(results).toEqual(['failed'])
    },
  )

  it('no heartbeat is sent after the stop', async () => {
    const { heartbeat, pings, advance } = beat()
    await advance(30)
    heartbeat.stop()
    await advance(600)
    expect(pings).toEqual([0])
  })
})
