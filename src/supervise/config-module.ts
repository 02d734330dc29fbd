/**
 * Reads a configuration that is a JavaScript or TypeScript module. It is imported on a thread of its own, which ends
 * afterwards: the main thread runs nothing of the user's.
 */
import { existsSync } from 'node:fs'
import { type Clock, systemClock } from '../kernel/clock.js'
import { ConfigError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import type { ReadConfigReply } from '../pool/protocol.js'
import { askThread } from './ask-thread.js'

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
  const reply = await askThread<ReadConfigReply>(
    { kind: 'read_config', file },
    {
      deadline,
      clock,
      onLost: (how) => ({ kind: 'config_refused', problem: `reading it ended the thread (${how})` }),
      onLate: (limit) => ({
        kind: 'config_refused',
        problem: `it was not read after ${limit}; is there an await or a loop that never ends?`,
      }),
    },
  )
  if (reply.kind === 'config_read') return reply.config
  throw new ConfigError('ERR_CONFIG_MODULE', `${file}: ${reply.problem}`)
}
