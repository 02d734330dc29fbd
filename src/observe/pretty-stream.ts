import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'

/** Where text goes. A terminal says so with `isTTY`. */
export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/**
 * Turns each line into text for people, in the call that writes it.
 *
 * pino-pretty's own stream is a pipeline, and its transport a thread: either can lose the last lines of a process.
 */
export function prettyStream(sink: TextSink): DestinationStream {
  const format = prettyFactory({
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    ...(!sink.isTTY && { colorize: false }),
  })
  return { write: (line) => void sink.write(format(line)) }
}
