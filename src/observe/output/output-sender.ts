/**
 * A thread's end of its connection to the admin thread: sends text, and keeps it until it is done.
 *
 * 1. Sending never waits and never throws, whatever the streams or the admin thread do.
 * 2. A message is kept until the admin thread has counted it as done. After a new connection everything that is kept is sent again,
 *    in its order: a line is lost only when it is counted as dropped, and written twice only when the admin thread died between
 *    writing and counting.
 * 3. At most {@link MOST_CHARACTERS} are kept for each stream, and {@link MOST_NOTE_CHARACTERS} of notes about runs, but always at
 *    least one message. What comes beyond is dropped and counted.
 */
import type { MessagePort } from 'node:worker_threads'
import { OutputMemory } from '../../kernel/output/output-memory.js'
import {
  LANES,
  type LaneName,
  laneOf,
  type NoteMessage,
  type OutputConnection,
  type OutputMessage,
  type SentMessage,
  type StreamName,
} from '../../kernel/output/output-protocol.js'
import type { ErrorNote, LineNote, RunTag } from '../../kernel/output/run-notes.js'
import type { WireError } from '../../kernel/wire-error/wire-error.js'

/** For each thread and stream. */
const MOST_CHARACTERS = 8 * 2 ** 20
const MOST_NOTE_CHARACTERS = 2 ** 20

export class OutputSender {
  readonly #lanes: Readonly<Record<LaneName, KeptMessages>>
  #memory: OutputMemory
  #connection: Pick<OutputConnection, 'port'> | undefined

  constructor(
    memory = new OutputMemory(),
    { mostCharacters = MOST_CHARACTERS, mostNoteCharacters = MOST_NOTE_CHARACTERS } = {},
  ) {
    this.#memory = memory
    this.#lanes = {
      stdout: new KeptMessages(mostCharacters),
      stderr: new KeptMessages(mostCharacters),
      notes: new KeptMessages(mostNoteCharacters),
    }
  }

  /** From now on messages go over this connection; those that were kept are sent first. */
  connect(connection: OutputConnection): void {
    this.#connection = connection
    this.#memory = new OutputMemory(connection.memory)
    const done = new Int32Array(connection.done)
    for (const [word, lane] of LANES.entries()) {
      for (const message of this.#lanes[lane].moveTo(done, word)) this.#post(connection.port, message)
    }
  }

  /** `line` ends with a line end. `run`: what has written it. */
  sendLine(line: string, run?: RunTag): void {
    this.#send(run ? { line, run } : line)
  }

  /** The text may be a part of a line. `run`: what has written it. */
  sendChunk(stream: StreamName, text: string | Uint8Array, run?: RunTag): void {
    this.#send(run ? { stream, text, run } : { stream, text })
  }

  /** Tells of an attempt that failed. */
  noteError(about: ErrorNote): void {
    this.#send({ note: 'error', about })
  }

  /** Tells of a line that a run has written and that goes elsewhere. */
  noteLine(about: LineNote): void {
    this.#send({ note: 'line', about })
  }

  /** The text that is not done, oldest first. Everything is forgotten. */
  takeKept(): Exclude<OutputMessage, NoteMessage>[] {
    const messages = LANES.flatMap((lane) => this.#lanes[lane].takeAll())
    return messages.flatMap((message) => (typeof message !== 'string' && 'note' in message ? [] : [message]))
  }

  #send(message: OutputMessage): void {
    const lane = laneOf(message)
    if (this.#lanes[lane].keep(message)) {
      if (this.#connection) this.#post(this.#connection.port, message)
    } else if (lane === 'notes') this.#memory.addDroppedNote()
    else this.#memory.addDrops(this.#memory.dropReason(lane))
  }

  #post(port: MessagePort, message: OutputMessage): void {
    const sent: SentMessage = { place: this.#memory.nextPlace(), message }
    port.postMessage(sent)
  }
}

/** The messages of one lane that are not done. */
class KeptMessages {
  readonly #mostCharacters: number
  #messages: OutputMessage[] = []
  /** Position of the oldest message. */
  #first = 0
  #characters = 0
  #done: Int32Array = new Int32Array(1)
  #word = 0
  /** How many messages of the current connection are known to be done. */
  #forgotten = 0

  constructor(mostCharacters: number) {
    this.#mostCharacters = mostCharacters
  }

  /** False when there is no room for it. */
  keep(message: OutputMessage): boolean {
    this.#forgetDone()
    const length = lengthOf(message)
    if (this.#characters > 0 && this.#characters + length > this.#mostCharacters) return false
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
  if (typeof message === 'string') return message.length
  if ('line' in message) return message.line.length
  if ('text' in message) return message.text.length
  return message.note === 'line' ? message.about.line.length : lengthOfError(message.about.error)
}

/** Without its fields, which are bounded as its texts are. */
function lengthOfError({ message, stack = '', cause }: WireError): number {
  return message.length + stack.length + (cause ? lengthOfError(cause) : 0)
}
