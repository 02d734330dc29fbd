/** What the main thread sends to the admin thread while services tick. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import type { ToAdmin } from '../../dist/src/observe/admin-protocol.js'
import { supervise } from '../support/supervised.js'

const STARTED = 'escapement:admin-thread'

/** The kinds of all messages to admin threads that start from now on. */
function messagesToAdmin(): ToAdmin['kind'][] {
  const kinds: ToAdmin['kind'][] = []
  const onStarted = (message: unknown) => {
    const { worker } = message as { worker: Worker }
    const post = worker.postMessage.bind(worker)
    worker.postMessage = (sent: ToAdmin, ...transfer: never[]) => {
      kinds.push(sent.kind)
      post(sent, ...transfer)
    }
  }
  subscribe(STARTED, onStarted)
  onTestFinished(() => void unsubscribe(STARTED, onStarted))
  return kinds
}

it('the main thread sends the admin thread nothing for ticks, runs, skips and aborts, and something for a pause', async () => {
  const kinds = messagesToAdmin()
  const { supervisor, runs, skipped, nthRun, stop } = await supervise(['steady.mjs', 'overlaps.ts'], {
    http: { port: 0 },
  })
  await nthRun('steady.beat', 10)
  const before = kinds.length
  await nthRun('steady.beat', 40)
  // A method that keeps failing is a change: told after 5, 10, 20, 40 failures.
  const told = kinds.splice(before)
  expect(told.filter((kind) => kind !== 'change')).toEqual([])
  expect(told.length).toBeLessThanOrEqual(3)
  expect(runs.length + skipped.length).toBeGreaterThan(80)
  supervisor.pause('steady.beat')
  expect(kinds.slice(before)).toEqual(expect.arrayContaining(['change', 'pauses']))
  await stop()
})
