/** Sends one request to a new thread and ends the thread after its reply or after the deadline. */
import type { Clock } from '../kernel/clock.js'
import type { DescribeReply, DescribeRequest, ReadConfigReply, ReadConfigRequest } from '../kernel/thread-questions.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { spawnThread } from '../pool/piscina-thread.js'
import { EXIT_DEADLINE, within } from '../pool/within.js'

export interface Asking<Reply> {
  readonly question: DescribeRequest | ReadConfigRequest
  readonly deadline: Micros
  readonly clock: Clock
  /** Makes the reply when the thread ended before its own; `how` is the cause of its end. */
  readonly onLost: (how: string) => Reply
  /** Makes the reply when the deadline passed; `limit` is the deadline as text. */
  readonly onLate: (limit: string) => Reply
}

export async function askThread<Reply extends DescribeReply | ReadConfigReply>(
  entry: 'describer' | 'config-reader',
  { question, deadline, clock, onLost, onLate }: Asking<Reply>,
): Promise<Reply> {
  const [thread, reply] = spawnThread<Reply>({ entry }, question)
  const waiting = new AbortController()
  const lost = thread.exited.then(({ exitCode, error }) =>
    onLost(error ? `${error.name}: ${error.message}` : `exit code ${exitCode}; does it call process.exit()?`),
  )
  const late = clock.sleep(deadline, waiting.signal).then(() => onLate(formatSpan(deadline)))
  try {
    return await Promise.race([reply.catch(() => lost), late.catch(() => lost)])
  } finally {
    waiting.abort()
    // Native code can hold the thread for longer: the question is answered all the same.
    await within(clock, EXIT_DEADLINE, thread.terminate('stopped'))
  }
}
