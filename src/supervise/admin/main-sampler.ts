/** Samples this thread's heap, event loop and garbage collector, for the admin thread to show. */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { GC_BUCKETS, type MainSample } from '../../observe/main-sample.js'

const GC_KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

export interface MainSampler {
  take(): MainSample
  stop(): void
}

export function mainSampler(): MainSampler {
  const collections = new Map(
    [...GC_KINDS.values()].map((kind) => [kind, new Array<number>(GC_BUCKETS.length + 2).fill(0)]),
  )
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration } = entry as unknown as {
        readonly detail: { readonly kind: number }
        readonly duration: number
      }
      const numbers = collections.get(GC_KINDS.get(detail.kind) ?? '')
      if (!numbers) continue
      const seconds = duration / 1_000
      const bucket = GC_BUCKETS.findIndex((bound) => seconds <= bound)
      numbers[bucket < 0 ? GC_BUCKETS.length : bucket]! += 1
      numbers[GC_BUCKETS.length + 1]! += seconds
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    take() {
      // process.memoryUsage() has the same numbers, and reads a file for one that is not needed.
      const { total_heap_size, used_heap_size, external_memory } = getHeapStatistics()
      const spaces = getHeapSpaceStatistics().map(
        ({ space_name, space_size, space_used_size, space_available_size }) => ({
          space: space_name.replace(/_space$/, ''),
          total: space_size,
          used: space_used_size,
          available: space_available_size,
        }),
      )
      const resources = new Map<string, number>()
      for (const type of process.getActiveResourcesInfo()) resources.set(type, (resources.get(type) ?? 0) + 1)
      return {
        heapTotal: total_heap_size,
        heapUsed: used_heap_size,
        external: external_memory,
        spaces,
        resources: [...resources],
        collections: [...collections],
      }
    },
    stop: () => observer.disconnect(),
  }
}
