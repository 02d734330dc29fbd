/** The ports of all threads that send output. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import {
  LANES,
  type LaneName,
  type OutputConnection,
  type OutputMessage,
  STREAMS,
  type StreamName,
} from '../../kernel/output/output-protocol.js'
import type { RunNotes, RunTag } from '../../kernel/output/run-notes.js'
import type { StreamWriter } from './stream-writer.js'
import { WholeLines } from './whole-lines.js'

export interface OutputIntakeOptions {
  readonly writers: Readonly<Record<StreamName, Pick<StreamWriter, 'add'>>>
  /** How a log line is shown. */
  readonly format: (line: string) => string
  /** Is told of errors of runs, and of what they write. */
  readonly notes: RunNotes
}

interface Sender {
  readonly port: MessagePort
  readonly lines: Readonly<Record<StreamName, WholeLines>>
  readonly settle: Readonly<Record<LaneName, () => void>>
}

export class OutputIntake {
  readonly #options: OutputIntakeOptions
  readonly #senders = new Set<Sender>()

  constructor(options: OutputIntakeOptions) {
    this.#options = options
  }

  connect({ port, done }: Pick<OutputConnection, 'port' | 'done'>): void {
    const { writers } = this.#options
    const counts = new Int32Array(done)
    const settle = (lane: LaneName) => () => void Atomics.add(counts, LANES.indexOf(lane), 1)
    const sender: Sender = {
      port,
      lines: {
        stdout: new WholeLines((line) => writers.stdout.add(line)),
        stderr: new WholeLines((line) => writers.stderr.add(line)),
      },
      settle: { stdout: settle('stdout'), stderr: settle('stderr'), notes: settle('notes') },
    }
    this.#senders.add(sender)
    port.on('message', (message: OutputMessage) => this.#take(sender, message))
    // The thread has exited; what it had sent has come before.
    port.on('close', () => this.#end(sender))
  }

  /** Takes everything that has been sent, without waiting for the event loop. */
  drain(): void {
    for (const sender of this.#senders) {
      for (let next = receiveMessageOnPort(sender.port); next; next = receiveMessageOnPort(sender.port)) {
        this.#take(sender, next.message)
      }
    }
  }

  /** Nothing more will be sent: lines without an end get one. */
  end(): void {
    this.drain()
    for (const sender of this.#senders) this.#end(sender)
  }

  #take({ lines, settle }: Sender, message: OutputMessage): void {
    const { format, notes } = this.#options
    if (typeof message === 'string') lines.stdout.takeLine(format(message), settle.stdout)
    else if ('line' in message) {
      lines.stdout.takeLine(format(message.line), settle.stdout)
      this.#noteLine(message.run, message.line)
    } else if ('text' in message) {
      const { stream, text, run } = message
      lines[stream].takeChunk(text, settle[stream])
      if (run) this.#noteLine(run, typeof text === 'string' ? text : Buffer.from(text).toString())
    } else {
      if (message.note === 'error') notes.error(message.about)
      else notes.line(message.about)
      settle.notes()
    }
  }

  #noteLine(run: RunTag, text: string): void {
    this.#options.notes.line({ ...run, line: text.endsWith('\n') ? text.slice(0, -1) : text })
  }

  #end(sender: Sender): void {
    this.#senders.delete(sender)
    for (const stream of STREAMS) sender.lines[stream].complete()
  }
}
