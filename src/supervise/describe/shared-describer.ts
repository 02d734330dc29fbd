/** A describer thread that is asked about one module after another. */
import type { Clock } from '../../kernel/clock.js'
import type { DescribeOptions, DescribeReply } from '../../kernel/thread-questions.js'
import type { Micros } from '../../kernel/time.js'
import { spawnThread } from '../../pool/piscina-thread.js'
import { EXIT_DEADLINE, within } from '../../pool/within.js'
import type { WorkerThread } from '../../pool/worker-thread.js'
import type { SharedDescriber } from './describe-together.js'

/**
 * How long a shared thread may take for one module. It is short, because nobody is blamed when it is over: the module gets a thread of
 * its own, and more time.
 */
const SHARED_DEADLINE: Micros = 5_000_000

export function shareDescriber(options: DescribeOptions, clock: Clock): SharedDescriber {
  let thread: WorkerThread | undefined
  const ask = (module: string): Promise<DescribeReply> => {
    const question = { kind: 'describe', module, ...options } as const
    if (thread) return thread.request<DescribeReply>(question)
    const [started, reply] = spawnThread<DescribeReply>({ entry: 'describer' }, question)
    thread = started
    return reply
  }
  return {
    describe: (module) =>
      within(
        clock,
        SHARED_DEADLINE,
        ask(module).catch(() => undefined),
      ),
    async close() {
      // Native code can hold the thread for longer.
      if (thread) await within(clock, EXIT_DEADLINE, thread.terminate('stopped'))
    },
  }
}
