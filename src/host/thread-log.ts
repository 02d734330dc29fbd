/** The pino logger of a worker thread. Its lines go to the admin thread, or to the logger of the embedding program. */
import { parentPort } from 'node:worker_threads'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { RunTag } from '../kernel/output/run-notes.js'
import { currentRun } from '../kernel/run-context.js'
import type { OutputSender } from '../observe/output/output-sender.js'
import type { LogSetup } from '../pool/protocol.js'
import { LineBatches } from './line-batches.js'
import { currentTag } from './run-tag.js'

type LineSender = Pick<OutputSender, 'sendLine' | 'noteLine'>

export function createThreadLog({ level, lines, tellsRuns }: LogSetup, output: LineSender): Logger {
  const tag = tellsRuns ? currentTag : () => undefined
  const toAdminThread = { write: (line: string) => output.sendLine(line, tag()) }
  return pino({ level, mixin: callFields }, lines === 'admin_thread' ? toAdminThread : messageStream(tag, output))
}

/** Every line of a call from another service says which call it is, and what led to it; lines of a tick carry its number. */
function callFields(): object {
  const run = currentRun()
  if (!run || run.kind === 'timer') return {}
  return { callId: run.callId, callStack: run.callStack }
}

/**
 * Sends serialised lines to the main thread, and to the admin thread what runs write. pino sets `lastLevel` before each line on a stream
 * that asks for it.
 */
function messageStream(tag: () => RunTag | undefined, output: LineSender): DestinationStream {
  const batches = new LineBatches((message) => parentPort?.postMessage(message))
  process.on('exit', () => batches.flush())
  return {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string) {
      batches.take(line, this.lastLevel)
      const run = tag()
      if (run) output.noteLine({ ...run, line: line.trimEnd() })
    },
  } as DestinationStream & { lastLevel: number }
}
