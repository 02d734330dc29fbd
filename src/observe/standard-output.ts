import type { TextSink } from './pretty-stream.js'

/**
 * Standard output, by Node's own stream rather than pino's.
 *
 * Into a pipe it writes at once as long as there is room, and queues what a slow reader has no room for. pino's
 * synchronous destination would stop the scheduler until that reader comes round; its asynchronous one hands every line
 * to another thread and can lose or reorder the last ones of a process. A reader that goes away stops nobody.
 */
export function standardOutput(): TextSink {
  return process.stdout.off('error', carryOn).on('error', carryOn)
}

function carryOn(): void {}
