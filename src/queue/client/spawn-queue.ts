/** Starts the queue thread, a Worker of node:worker_threads. */
import { channel } from 'node:diagnostics_channel'
import { Worker } from 'node:worker_threads'
import type { FromQueue, QueueSetup, ToQueue } from '../thread/protocol.js'
import { TurnBatch } from '../turn-batch.js'

export interface QueueWorker {
  /** Resolves when the thread has exited: with its uncaught error, or with undefined when there was none. Never rejects. */
  readonly exited: Promise<Error | undefined>
  post(message: ToQueue): void
  terminate(): void
}

export type SpawnQueue = (setup: QueueSetup, onMessage: (message: FromQueue) => void) => QueueWorker

/** A channel of node:diagnostics_channel: each worker that is started, as `{ worker }`, for tests that end it. */
const STARTED = channel('escapement:queue-thread')

export const spawnQueue: SpawnQueue = (setup, onMessage) => {
  const worker = new Worker(new URL('../../../workers/queue.js', import.meta.url), { workerData: setup })
  worker.on('message', (messages: readonly FromQueue[]) => {
    for (const message of messages) onMessage(message)
  })
  const batch = new TurnBatch<ToQueue>((messages) => worker.postMessage(messages))
  STARTED.publish({ worker })
  return {
    exited: new Promise((resolve) => {
      let uncaught: Error | undefined
      worker.on('error', (error) => {
        uncaught = error as Error
      })
      worker.once('exit', () => resolve(uncaught))
    }),
    post: (message) => batch.add(message),
    terminate: () => void worker.terminate(),
  }
}
