import type { TextSink } from './pretty-stream.js'

/**
 * Standard output through Node's own stream instead of pino's.
 *
 * Node's stream writes to a pipe at once while the pipe has room, and queues the rest for a slow reader. pino's
 * synchronous destination would block the scheduler until the reader continues. pino's asynchronous destination passes
 * every line to another thread and can lose or reorder the last lines of a process. A write error, for example because the
 * reader has exited, is ignored.
 */
export function standardOutput(): TextSink {
  return process.stdout.off('error', ignoreError).on('error', ignoreError)
}

function ignoreError(): void {}
