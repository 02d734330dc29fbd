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
 */
import type { MessagePort } from 'node:worker_threads'

/** Standard output, standard error. */
export const STREAMS = ['stdout', 'stderr'] as const
export type StreamName = (typeof STREAMS)[number]

/** A log line for standard output, with its line end; or a piece of other output, such as that of `console`. */
export type OutputMessage = string | OutputChunk

export interface OutputChunk {
  readonly stream: StreamName
  readonly text: string | Uint8Array
}

/** A sender's connection to one admin thread. */
export interface OutputConnection {
  readonly port: MessagePort
  /** An Int32 for each of {@link STREAMS}: how many messages of this port are done, which means written or dropped and counted. */
  readonly done: SharedArrayBuffer
  /** An {@link file://./output-memory.ts OutputMemory}. */
  readonly memory: SharedArrayBuffer
}

export function streamOf(message: OutputMessage): StreamName {
  return typeof message === 'string' ? 'stdout' : message.stream
}

/** The size of {@link OutputConnection.done}. Unit: bytes. */
export const DONE_BYTES = STREAMS.length * Int32Array.BYTES_PER_ELEMENT
