/**
 * A thread's end of its connection to the admin thread: sends text, and keeps it until it is done.
 *
 * 1. Sending never waits and never throws, whatever the streams or the admin thread do.
 * 2. A message is kept until the admin thread has counted it as done. After a new connection everything that is kept is sent again,
 *    in its order: a line is lost only when it is counted as dropped, and written twice only when the admin thread died between
 *    writing and counting.
 * 3. At most {@link MOST_CHARACTERS} are kept for each stream, and always at least one message. What comes beyond is dropped and
 *    counted.
 */
import { OutputMemory } from '../../kernel/output/output-memory.js'
import {
  type OutputConnection,
  type OutputMessage,
  STREAMS,
  type StreamName,
  streamOf,
} from '../../kernel/output/output-protocol.js'

/** For each thread and stream. */
const MOST_CHARACTERS = 8 * 2 ** 20

export class OutputSender {
  readonly #lanes: Readonly<Record<StreamName, KeptMessages>> = {
    stdout: new KeptMessages(),
    stderr: new KeptMessages(),
  }
  readonly #mostCharacters: number
  #memory: OutputMemory
  #connection: Pick<OutputConnection, 'port'> | undefined

  constructor(memory = new OutputMemory(), { mostCharacters = MOST_CHARACTERS } = {}) {
    this.#memory = memory
    this.#mostCharacters = mostCharacters
  }

  /** From now on messages go over this connection; those that were kept are sent first. */
  connect(connection: OutputConnection): void {
    this.#connection = connection
    this.#memory = new OutputMemory(connection.memory)
    const done = new Int32Array(connection.done)
    for (const [word, stream] of STREAMS.entries()) {
      for (const message of this.#lanes[stream].moveTo(done, word)) connection.port.postMessage(message)
    }
  }

  /** `line` ends with a line end. */
  sendLine(line: string): void {
    this.#send(line)
  }

  /** The text may be a part of a line. */
  sendChunk(stream: StreamName, text: string | Uint8Array): void {
    this.#send({ stream, text })
  }

  /** The messages that are not done, oldest first. They are forgotten. */
  takeKept(): OutputMessage[] {
    return STREAMS.flatMap((stream) => this.#lanes[stream].takeAll())
  }

  #send(message: OutputMessage): void {
    const stream = streamOf(message)
    if (this.#lanes[stream].keep(message, this.#mostCharacters)) this.#connection?.port.postMessage(message)
    else this.#memory.addDrops(this.#memory.dropReason(stream))
  }
}

/** The messages of one stream that are not done. */
class KeptMessages {
  #messages: OutputMessage[] = []
  /** Position of the oldest message. */
  #first = 0
  #characters = 0
  #done: Int32Array = new Int32Array(1)
  #word = 0
  /** How many messages of the current connection are known to be done. */
  #forgotten = 0

  /** False when there is no room for it. */
  keep(message: OutputMessage, mostCharacters: number): boolean {
    this.#forgetDone()
    const length = lengthOf(message)
    if (this.#characters > 0 && this.#characters + length > mostCharacters) return false
    this.#messages.push(message)
    this.#characters += length
    return true
  }

  /** The messages that are left, which are to be sent over a new connection. */
  moveTo(done: Int32Array, word: number): readonly OutputMessage[] {
    this.#forgetDone()
    this.#done = done
    this.#word = word
    this.#forgotten = 0
    return this.#messages.slice(this.#first)
  }

  takeAll(): readonly OutputMessage[] {
    this.#forgetDone()
    const left = this.#messages.slice(this.#first)
    this.#messages = []
    this.#first = 0
    this.#characters = 0
    return left
  }

  #forgetDone(): void {
    // The count may wrap around.
    const newlyDone = (Atomics.load(this.#done, this.#word) - this.#forgotten) | 0
    if (newlyDone === 0) return
    for (let count = 0; count < newlyDone; count++) {
      this.#characters -= lengthOf(this.#messages[this.#first]!)
      // The text is free before the array is cut.
      this.#messages[this.#first++] = ''
    }
    this.#forgotten = (this.#forgotten + newlyDone) | 0
    if (this.#first < 1_024 && this.#first < this.#messages.length) return
    this.#messages = this.#messages.slice(this.#first)
    this.#first = 0
  }
}

function lengthOf(message: OutputMessage): number {
  return typeof message === 'string' ? message.length : message.text.length
}
