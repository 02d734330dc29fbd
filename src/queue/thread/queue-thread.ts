/** Runs on the queue thread: opens the store and connects it with the main thread. No code of the user runs on this thread. */
import type { MessagePort } from 'node:worker_threads'
import { systemClock } from '../../kernel/clock.js'
import { ConfigError } from '../../kernel/errors.js'
import { openQueue } from '../open-queue.js'
import { TurnBatch } from '../turn-batch.js'
import type { FromQueue, QueueSetup, ToQueue } from './protocol.js'
import { QueueBody } from './queue-body.js'
import { Trouble } from './trouble.js'

export async function queueThread(setup: QueueSetup, port: MessagePort): Promise<void> {
  const batch = new TurnBatch<FromQueue>((messages) => port.postMessage(messages))
  const post = (message: FromQueue) => batch.add(message)
  const clock = systemClock()
  const trouble = new Trouble(setup.place, (sentences) => post({ kind: 'trouble', trouble: sentences }))
  const { url, namespace, lock, retain } = setup
  try {
    const queue = await openQueue({
      ...{ url, namespace, lock, retain, clock },
      onDiscarded: (discarded) => post({ kind: 'discarded', discarded }),
      onError: (error) => trouble.failed(error),
    })
    const body = new QueueBody({ setup, queue, clock, trouble, post })
    port.on('message', (messages: readonly ToQueue[]) => {
      for (const message of messages) body.take(message)
    })
    await body.opened()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    post({ kind: 'refused', code: error.code, message: error.message })
  }
}
