import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'

/** A destination for text. `isTTY` is true for a terminal. */
export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/**
 * Formats each JSON line for people, synchronously in the call that writes it.
 *
 * pino-pretty's own stream is a pipeline and its transport is a thread: either can lose the last lines of a process.
 */
export function prettyStream(sink: TextSink): DestinationStream {
  const format = prettyFactory({
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    ...(!sink.isTTY && { colorize: false }),
  })
  return { write: (line) => void sink.write(format(line)) }
}
