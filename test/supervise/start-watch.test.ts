/** What is told of the time that a start took, on a virtual clock. */
import { expect, it } from 'vitest'
import { type EngineEvents, Events } from '../../src/kernel/events.js'
import { StartWatch } from '../../src/supervise/start-watch.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const READY = { services: 2, timers: 2, tookSeconds: 1 }

function setUp() {
  const clock = new VirtualClock({ start: 5_000_000 })
  const events = new Events()
  const measured: EngineEvents['start.measured'][] = []
  events.on('start.measured', (event) => measured.push(event))
  const watch = new StartWatch(clock, events)
  const threadStarted = (dependenciesSeconds: number, onStartSeconds: number, restarts = 0) => {
    const thread = { pool: 'mail', services: ['mail'], slot: 0, threadId: 1, restarts }
    events.emit('thread.started', { ...thread, tookSeconds: 9, importsSeconds: 9, dependenciesSeconds, onStartSeconds })
  }
  return { clock, events, measured, watch, threadStarted }
}

it('a start is split into describing, threads, dependencies and onStart of the last thread, which add up to the total', async () => {
  const { clock, events, measured, watch, threadStarted } = setUp()
  await clock.advance(150_000)
  watch.described()
  await clock.advance(100_000)
  threadStarted(0.5, 0.5)
  await clock.advance(200_000)
  threadStarted(0.04, 0.01)
  events.emit('ready', READY)
  expect(measured).toEqual([{ describingMs: 150, threadsMs: 250, dependenciesMs: 40, onStartMs: 10, totalMs: 450 }])
})

it('listening is measured beside the threads', async () => {
  const { clock, events, measured, watch, threadStarted } = setUp()
  watch.described()
  const listening = watch.listen(() => clock.sleep(70_000).then(() => 'a server'))
  await clock.advance(100_000)
  threadStarted(0, 0)
  expect(await listening).toBe('a server')
  events.emit('ready', READY)
  expect(measured).toMatchObject([{ threadsMs: 100, listeningMs: 70, totalMs: 100 }])
})

it('threads that start after the supervisor is ready are not measured', async () => {
  const { clock, events, measured, watch, threadStarted } = setUp()
  watch.described()
  threadStarted(0, 0)
  events.emit('ready', READY)
  await clock.advance(1_000_000)
  threadStarted(0, 0, 1)
  events.emit('ready', READY)
  expect(measured).toHaveLength(1)
})
