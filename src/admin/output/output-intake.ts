/** The ports of all threads that send output. What they send is written in the order in which it was sent (send-order.ts). */
import { receiveMessageOnPort } from 'node:worker_threads'
import type { OutputMemory } from '../../kernel/output/output-memory.js'
import {
  LANES,
  type LaneName,
  type OutputConnection,
  type SentMessage,
  STREAMS,
  type StreamName,
} from '../../kernel/output/output-protocol.js'
import type { RunNotes, RunTag } from '../../kernel/output/run-notes.js'
import type { Micros } from '../../kernel/time.js'
import { SendOrder } from './send-order.js'
import type { StreamWriter } from './stream-writer.js'
import { WholeLines } from './whole-lines.js'

export interface OutputIntakeOptions {
  readonly writers: Readonly<Record<StreamName, Pick<StreamWriter, 'add'>>>
  /** How a log line is shown. */
  readonly format: (line: string) => string
  /** Is told of errors of runs, and of what they write. */
  readonly notes: RunNotes
  readonly memory: Pick<OutputMemory, 'lastPlace'>
  /** The monotonic clock. */
  readonly now: () => Micros
  /** Calls back in the next turn of the event loop. */
  readonly nextTurn: (callback: () => void) => void
}

interface Sender {
  /** Undefined when nothing waits in the port. */
  read(): ReadMessage | undefined
  readonly lines: Readonly<Record<StreamName, WholeLines>>
  readonly settle: Readonly<Record<LaneName, () => void>>
}

interface ReadMessage extends SentMessage {
  readonly sender: Sender
}

export class OutputIntake {
  readonly #options: OutputIntakeOptions
  readonly #senders = new Set<Sender>()
  readonly #order: SendOrder<ReadMessage>

  constructor(options: OutputIntakeOptions) {
    const { memory, now, nextTurn } = options
    this.#options = options
    this.#order = new SendOrder({
      lastPlace: () => memory.lastPlace,
      senders: this.#senders,
      pass: (message) => this.#write(message),
      nextTurn,
      now,
    })
  }

  connect({ port, done }: Pick<OutputConnection, 'port' | 'done'>): void {
    const { writers } = this.#options
    const counts = new Int32Array(done)
    const settle = (lane: LaneName) => () => void Atomics.add(counts, LANES.indexOf(lane), 1)
    const sender: Sender = {
      read() {
        const next: { readonly message: SentMessage } | undefined = receiveMessageOnPort(port)
        return next && { ...next.message, sender }
      },
      lines: {
        stdout: new WholeLines((line) => writers.stdout.add(line)),
        stderr: new WholeLines((line) => writers.stderr.add(line)),
      },
      settle: { stdout: settle('stdout'), stderr: settle('stderr'), notes: settle('notes') },
    }
    this.#senders.add(sender)
    port.on('message', (message: SentMessage) => this.#order.take({ ...message, sender }))
    // The thread has exited; what it had sent has come before. A closed port must not be read.
    port.on('close', () => {
      this.#senders.delete(sender)
      this.#order.settle()
      complete(sender)
    })
  }

  /** Nothing more will be sent: takes everything without waiting for the event loop, and lines without an end get one. */
  end(): void {
    this.#order.end()
    for (const sender of this.#senders) complete(sender)
    this.#senders.clear()
  }

  #write({ sender: { lines, settle }, message }: ReadMessage): void {
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
}

function complete({ lines }: Sender): void {
  for (const stream of STREAMS) lines[stream].complete()
}
