/** What the admin thread does: it writes standard output and standard error for all threads. */
import { setPriority } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import type { AdminSetup, ToAdmin } from '../kernel/admin-protocol.js'
import { StandardStreams } from './output/standard-streams.js'

/** Added to the niceness of the process: whatever else wants to run, runs first. */
const NICE = 10

export async function admin(setup: AdminSetup, mainThread: MessagePort): Promise<void> {
  beNice()
  const streams = await StandardStreams.open(setup)
  mainThread.on('message', (message: ToAdmin) => {
    switch (message.kind) {
      case 'output':
        return streams.intake.connect(message.connection)
      case 'end':
        return void streams.end(message.withinMs).then(() => {
          const ended = new Int32Array(setup.ended)
          Atomics.store(ended, 0, 1)
          Atomics.notify(ended, 0)
          process.exit()
        })
    }
  })
}

/** On Linux a thread has a niceness of its own; elsewhere this would slow down the whole process. */
function beNice(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(NICE)
  } catch {
    // Not allowed: it competes with the services as an equal.
  }
}
