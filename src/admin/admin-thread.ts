/** What the admin thread does: it serves metrics and health, and writes standard output and standard error for all threads. */
import { setPriority } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import { monotonicNow, systemClock } from '../kernel/clock.js'
import { OutputMemory } from '../kernel/output/output-memory.js'
import { type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'
import { AdminCounts } from '../observe/admin-counts.js'
import type { AdminSetup, FromAdmin, ToAdmin } from '../observe/admin-protocol.js'
import { MainThread } from './main-thread.js'
import { StandardStreams } from './output/standard-streams.js'
import type { Telemetry } from './telemetry.js'

/** Added to the niceness of the process: whatever else wants to run, runs first. */
const NICE = 10

export async function admin(setup: AdminSetup, port: MessagePort): Promise<void> {
  beNice()
  const post = (message: FromAdmin) => port.postMessage(message)
  const main = new MainThread({ post, after: systemClock().after })
  const loading = setup.willServe ? loadTelemetry(main, setup, post) : undefined
  // Output is written while the rest is loaded. What was sent for the rest waits, in its order.
  let loaded: Telemetry | undefined
  void loading?.then((telemetry) => {
    loaded = telemetry
  })
  const withTelemetry = (use: (telemetry: Telemetry) => void) => void loading?.then(use)
  const streams = await StandardStreams.open(setup)
  port.on('message', (message: ToAdmin) => {
    switch (message.kind) {
      case 'output':
        return streams.intake.connect(message.connection)
      case 'serve':
        return withTelemetry((telemetry) => void telemetry.serve(message.serving, streams.notes))
      case 'metric':
        return withTelemetry((telemetry) => telemetry.take(message.thread, message.message))
      case 'thread_ended':
        return withTelemetry((telemetry) => telemetry.threadEnded(message.thread))
      case 'change':
        return withTelemetry((telemetry) => telemetry.feed.changed(message.change))
      case 'pauses':
        return withTelemetry((telemetry) => telemetry.feed.paused(message.pauses))
      case 'answer':
        return main.answered(message.id, message.answer)
      case 'end':
        return void finish(loaded, streams, message.withinMs).then(() => {
          const ended = new Int32Array(setup.ended)
          Atomics.store(ended, 0, 1)
          Atomics.notify(ended, 0)
          if (message.afterwards === 'exit') process.exit()
          post({ kind: 'ended' })
        })
    }
  })
}

/** Sends the last notifications, for at most half of the time, and writes everything. */
async function finish(telemetry: Telemetry | undefined, streams: StandardStreams, withinMs: Millis): Promise<void> {
  const now = monotonicNow()
  const began = now()
  const lost = await telemetry?.finish(microsFromMillis(withinMs / 2))
  if (lost)
    streams.log.error({ lost }, 'notifications are lost: their receiver did not take them before the process ended')
  await streams.end(withinMs - millisFromMicros(now() - began))
}

async function loadTelemetry(
  main: MainThread,
  setup: AdminSetup,
  post: (message: FromAdmin) => void,
): Promise<Telemetry> {
  const { Telemetry } = await import('./telemetry.js')
  const { outputMemory, counts } = setup
  return new Telemetry({
    main,
    outputMemory: new OutputMemory(outputMemory),
    counts: new AdminCounts(counts),
    post,
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
