/**
 * A registry on the main thread: the user's, or one for a program that serves no metrics and may want to read them.
 *
 * Its metrics are computed on this thread, at the cost of whoever collects them. The admin thread has a registry of its own, and then
 * prom-client is not loaded here.
 */
import type { Registry } from 'prom-client'
import type { Counters } from '../../counters/counters.js'
import type { OutputMemory } from '../../kernel/output/output-memory.js'
import type { MetricKeeper } from '../thread-message-router.js'

export interface MainRegistryOptions {
  readonly registry: Registry | undefined
  readonly outputMemory: OutputMemory
  readonly processMetrics: boolean
  readonly onConflict: (text: string) => void
}

export interface MainRegistry {
  readonly registry: Registry
  /** Collects the metrics that services declare. */
  readonly userMetrics: MetricKeeper
  /** Adds the metrics of the engine. @throws UsageError (`ERR_REGISTRY_TAKEN`) when another supervisor uses the registry. */
  fill(counters: Counters, refresh: () => void): void
  /** Removes all metrics that were added. */
  stop(): void
}

export async function openMainRegistry(options: MainRegistryOptions): Promise<MainRegistry> {
  const [{ Registry }, { createMetrics }, { UserMetrics }, { outputDrops }] = await Promise.all([
    import('prom-client'),
    import('../../observe/metrics.js'),
    import('../../observe/user-metrics.js'),
    import('../../observe/output-drops.js'),
  ])
  const { registry = new Registry(), outputMemory, processMetrics, onConflict } = options
  const userMetrics = new UserMetrics({ registry, onConflict })
  let stopMetrics = () => {}
  return {
    registry,
    userMetrics,
    fill({ catalogue, memory }, refresh) {
      const others = [userMetrics.dropped, outputDrops(outputMemory)]
      const metrics = createMetrics({ registry, catalogue, memory, refresh, processMetrics, others })
      stopMetrics = () => metrics.stop()
    },
    stop() {
      stopMetrics()
      userMetrics.stop()
    },
  }
}
