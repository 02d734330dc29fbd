/** Imports a configuration module on a new worker thread, which ends afterwards. */
import { type Clock, systemClock } from '../kernel/clock.js'
import type { ReadConfigReply } from '../kernel/thread-questions.js'
import type { Micros } from '../kernel/time.js'
import { askThread } from './ask-thread.js'

/** How long the module and the function it may export may take together. */
const READ_DEADLINE: Micros = 30_000_000

export function askConfigModule(
  file: string,
  deadline: Micros = READ_DEADLINE,
  clock: Clock = systemClock(),
): Promise<ReadConfigReply> {
  return askThread<ReadConfigReply>('config-reader', {
    question: { kind: 'read_config', file },
    deadline,
    clock,
    onLost: (how) => ({ kind: 'config_refused', problem: `reading it ended the thread (${how})` }),
    onLate: (limit) => ({
      kind: 'config_refused',
      problem: `it was not read after ${limit}; is there an await or a loop that never ends?`,
    }),
  })
}
