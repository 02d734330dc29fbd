/** One question to a thread of its own, which ends when it is answered, or when it takes too long. */
import type { Clock } from '../kernel/clock.js'
import type { DescribeReply, DescribeRequest, ReadConfigReply, ReadConfigRequest } from '../kernel/thread-questions.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { spawnThread } from '../pool/piscina-thread.js'

export interface Asking<Reply> {
  readonly question: DescribeRequest | ReadConfigRequest
  readonly deadline: Micros
  readonly clock: Clock
  /** The reply when the thread ended before it could give one; `how` says of what. */
  readonly onLost: (how: string) => Reply
  /** The reply when the deadline passed; `limit` is the deadline as people write it. */
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
    await thread.terminate('stopped')
  }
}
