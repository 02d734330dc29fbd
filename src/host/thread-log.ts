/** The pino logger of a worker thread, writing where the main thread said. */
import { parentPort } from 'node:worker_threads'
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { currentRun } from '../kernel/run-context.js'
import type { LogSetup } from '../pool/protocol.js'
import { LineBatches } from './line-batches.js'

export async function createThreadLog({ level, sink }: LogSetup): Promise<Logger> {
  const options = { level, mixin: callFields }
  if (sink.kind === 'message') return pino(options, messageStream())
  if (!sink.pretty) return pino(options, destination({ fd: sink.fd, sync: true }))
  const { prettyStream } = await import('../observe/log/pretty-stream.js')
  return pino(options, prettyStream(Object.assign(destination({ fd: sink.fd, sync: true }), { isTTY: true })))
}

/** Every line of a call from another service says which call it is, and what led to it; lines of a tick carry its number. */
function callFields(): object {
  const run = currentRun()
  if (!run || run.kind === 'timer') return {}
  return { callId: run.callId, callStack: run.callStack }
}

/** Sends serialised lines to the main thread. pino sets `lastLevel` before each line on a stream that asks for it. */
function messageStream(): DestinationStream {
  const batches = new LineBatches((message) => parentPort?.postMessage(message))
  process.on('exit', () => batches.flush())
  return {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string) {
      batches.take(line, this.lastLevel)
    },
  } as DestinationStream & { lastLevel: number }
}
