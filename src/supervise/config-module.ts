/**
 * Reads a configuration that is a JavaScript or TypeScript module. It is imported on a thread of its own, which ends
 * afterwards: the main thread runs nothing of the user's.
 */
import { existsSync } from 'node:fs'
import { type Clock, systemClock } from '../kernel/clock.js'
import { ConfigError } from '../kernel/errors.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import type { ReadConfigReply } from '../pool/protocol.js'
import { Thread } from '../pool/thread.js'

/** How long the module, and the function it may export, may take. */
const READ_DEADLINE: Micros = 30_000_000

/** @throws ConfigError when it cannot be imported in time, or exports no configuration. */
export async function readConfigModule(
  file: string,
  deadline: Micros = READ_DEADLINE,
  clock: Clock = systemClock(),
): Promise<Record<string, unknown>> {
  if (!existsSync(file)) {
    throw new ConfigError('ERR_CONFIG_READ', `cannot read the configuration file ${file}: there is no such file`)
  }
  const reply = await askThread(file, deadline, clock)
  if (reply.kind === 'config_read') return reply.config
  throw new ConfigError('ERR_CONFIG_MODULE', `${file}: ${reply.problem}`)
}

async function askThread(file: string, deadline: Micros, clock: Clock): Promise<ReadConfigReply> {
  const [thread, reply] = Thread.spawn<ReadConfigReply>({ setup: { role: 'describer' } }, { kind: 'read_config', file })
  const waiting = new AbortController()
  const lost = thread.exited.then(({ exitCode, error }): ReadConfigReply => {
    const how = error ? `${error.name}: ${error.message}` : `exit code ${exitCode}; does it call process.exit()?`
    return { kind: 'config_refused', problem: `reading it ended the thread (${how})` }
  })
  const late = clock.sleep(deadline, waiting.signal).then((): ReadConfigReply => {
    const problem = `it was not read after ${formatSpan(deadline)}; is there an await or a loop that never ends?`
    return { kind: 'config_refused', problem }
  })
  try {
    return await Promise.race([reply.catch(() => lost), late.catch(() => lost)])
  } finally {
    waiting.abort()
    await thread.terminate('stopped')
  }
}
