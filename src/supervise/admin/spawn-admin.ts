/** Starts the admin thread: a plain worker thread. */

import { channel } from 'node:diagnostics_channel'
import type { MessagePort } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'
import type { AdminSetup, FromAdmin, ToAdmin } from '../../observe/admin-protocol.js'

/** The interface of the admin thread that {@link file://./admin-thread.ts} uses; tests have a fake one. */
export interface AdminWorker {
  /** Resolves when the thread has exited, with what was uncaught in it. Never rejects. */
  readonly exited: Promise<Error | undefined>
  post(message: ToAdmin, transfer?: readonly MessagePort[]): void
  /** Lets the process end while the thread is there. */
  unref(): void
}

export type SpawnAdmin = (setup: AdminSetup, onMessage: (message: FromAdmin) => void) => AdminWorker

/** Publishes each worker that is started, as `{ worker }`: for tests that end it. */
const STARTED = channel('escapement:admin-thread')

/** How long the end of the process waits for the last lines, when nobody has waited for the admin thread. */
const EXIT_WITHIN_MS = 200
const EXIT_MARGIN_MS = 50

export const spawnAdmin: SpawnAdmin = (setup, onMessage) => {
  const worker = new Worker(new URL('../../../workers/admin.js', import.meta.url), { workerData: setup })
  worker.on('message', onMessage)
  // process.exit() was called, or nobody handled an error: the thread has a moment to write what it has got.
  const onProcessExit = () => {
    const ended = new Int32Array(setup.ended)
    if (Atomics.load(ended, 0) === 1) return
    worker.postMessage({ kind: 'end', withinMs: EXIT_WITHIN_MS, afterwards: 'exit' } satisfies ToAdmin)
    Atomics.wait(ended, 0, 0, EXIT_WITHIN_MS + EXIT_MARGIN_MS)
  }
  process.on('exit', onProcessExit)
  STARTED.publish({ worker })
  return {
    exited: new Promise((resolve) => {
      let uncaught: Error | undefined
      worker.on('error', (error) => {
        uncaught = error as Error
      })
      worker.once('exit', () => {
        process.off('exit', onProcessExit)
        resolve(uncaught)
      })
    }),
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    unref: () => worker.unref(),
  }
}
