/**
 * How text reaches the admin thread, which alone writes standard output and standard error.
 *
 *     host thread -- port --\
 *     host thread -- port ---+-->  admin thread --> file descriptors 1 and 2
 *     main thread -- port --/
 *
 * Each sender has a port of its own, so no text passes through the main thread, and text that a thread has sent is not lost when
 * the thread is killed. A sender keeps what it has sent until the admin thread counts it as done, and sends it again when the admin
 * thread has been replaced.
 *
 * Messages of all senders are numbered together, so that the admin thread can write them in the order in which they were sent.
 *
 * Notes about runs go the same way, and are counted apart: they are not written.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ErrorNote, LineNote, RunTag } from './run-notes.js'

/** Standard output, standard error. */
export const STREAMS = ['stdout', 'stderr'] as const
export type StreamName = (typeof STREAMS)[number]

/** What is counted by itself: the text for each stream, and notes about runs. */
export const LANES = [...STREAMS, 'notes'] as const
export type LaneName = (typeof LANES)[number]

/** A log line for standard output, with its line end; or a piece of other output, such as that of `console`; or a note. */
export type OutputMessage = string | RunLine | OutputChunk | NoteMessage

/** How a message goes over a port. */
export interface SentMessage {
  /** Its number among the messages of all senders, see {@link file://./output-memory.ts OutputMemory}. */
  readonly place: number
  readonly message: OutputMessage
}

/** A log line that a run has written. */
export interface RunLine {
  readonly line: string
  readonly run: RunTag
}

export interface OutputChunk {
  readonly stream: StreamName
  readonly text: string | Uint8Array
  /** The run that has written it. */
  readonly run?: RunTag
}

/** Not written to a stream. `line`: somebody else writes the line. */
export type NoteMessage =
  | { readonly note: 'error'; readonly about: ErrorNote }
  | { readonly note: 'line'; readonly about: LineNote }

/** A sender's connection to one admin thread. */
export interface OutputConnection {
  readonly port: MessagePort
  /** An Int32 for each of {@link LANES}: how many messages of this port are done, which means written or noted, or dropped and counted. */
  readonly done: SharedArrayBuffer
  /** An {@link file://./output-memory.ts OutputMemory}. */
  readonly memory: SharedArrayBuffer
}

export function laneOf(message: OutputMessage): LaneName {
  if (typeof message === 'string' || 'line' in message) return 'stdout'
  return 'note' in message ? 'notes' : message.stream
}

/** The size of {@link OutputConnection.done}. Unit: bytes. */
export const DONE_BYTES = LANES.length * Int32Array.BYTES_PER_ELEMENT
