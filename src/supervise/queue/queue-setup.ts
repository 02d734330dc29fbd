/** What the timers of scope `queue` need of the supervisor. */
import type { Settings } from '../../config/settings.js'
import { queueSettings } from '../../config/settings-queue.js'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import { ConfigError } from '../../kernel/errors.js'
import type { QueueSetup } from './instance-queue.js'
import type { ConnectQueue } from './ticket-client.js'

export interface QueueOptions {
  /** Makes the client of the queue, for tests: it needs no URL. */
  readonly connectQueue?: ConnectQueue | undefined
}

interface QueueSurroundings extends QueueOptions {
  readonly settings: Settings
}

/** @throws ConfigError (`ERR_CONFIG_VALUE`) when no setting names a store that can keep tickets, (`ERR_QUEUE_CLIENT`) else. */
export async function queueSetup(
  services: readonly ServiceDefinition[],
  { settings, connectQueue }: QueueSurroundings,
): Promise<QueueSetup | undefined> {
  if (!services.some(({ timers }) => timers.some(({ scope }) => scope === 'queue'))) return undefined
  if (connectQueue) {
    const { lock = settings.coordination.ttl, ...others } = settings.queue
    return { settings: { ...others, lock }, connect: connectQueue }
  }
  queueSettings(settings)
  throw new ConfigError(
    'ERR_QUEUE_CLIENT',
    'scope "queue" runs only in the test harness so far: the client of the queue thread is not part of this version. Use scope "leader" or "cluster"',
  )
}
