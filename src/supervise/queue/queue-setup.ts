/** Loads the client of the queue, but only when a service has a timer of scope `queue`. */
import type { Settings } from '../../config/settings.js'
import { lockOf, queueSettings } from '../../config/settings-queue.js'
import { placeOf } from '../../coordinate/stores/place-of.js'
import type { Clock } from '../../kernel/clock.js'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import type { Events } from '../../kernel/events.js'
import { toWireError } from '../../kernel/wire-error/wire-error.js'
import type { QueueSetup } from './instance-queue.js'
import type { ConnectQueue } from './ticket-client.js'

export interface QueueOptions {
  /** Makes the client of the queue in place of `QueueClient`, for tests. Then no URL is needed. */
  readonly connectQueue?: ConnectQueue | undefined
}

interface QueueSurroundings extends QueueOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly events: Events
}

/**
 * Resolves to undefined when no service has a timer of scope `queue`.
 *
 * @throws ConfigError (`ERR_CONFIG_VALUE`) when no setting names a store that can keep tickets.
 */
export async function queueSetup(
  services: readonly ServiceDefinition[],
  { settings, clock, events, connectQueue }: QueueSurroundings,
): Promise<QueueSetup | undefined> {
  if (!services.some(({ timers }) => timers.some(({ scope }) => scope === 'queue'))) return undefined
  if (connectQueue) {
    return { settings: { ...settings.queue, ...lockOf(settings) }, clockMargin: 0, connect: connectQueue }
  }
  const { url, urlSetting, namespace, lock, retain, ...others } = queueSettings(settings)
  const place = `${placeOf(url)}, ${urlSetting}`
  const { QueueClient } = await import('../../queue/queue-client.js')
  const { clockMarginOf } = await import('../../queue/clock-margin.js')
  const onError = (error: Error) => events.emit('queue.failed', { error: toWireError(error) })
  return {
    settings: { ...others, lock },
    clockMargin: clockMarginOf(url),
    connect: (options) => new QueueClient({ ...options, url, place, namespace, lock, retain, clock, onError }),
  }
}
