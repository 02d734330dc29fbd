/** When a thread is replaced by a fresh one between two runs, because it has done enough or its heap has grown. */
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'

export interface RecyclingPolicy {
  /** Infinity: never. */
  readonly afterRuns: number
  /** Infinity: never. */
  readonly heapBytes: number
}

/** How long the services of a thread that is recycled may take to stop. */
export const RECYCLING_STOP_DEADLINE: Micros = 5_000_000

export const NO_RECYCLING: RecyclingPolicy = {
  afterRuns: Number.POSITIVE_INFINITY,
  heapBytes: Number.POSITIVE_INFINITY,
}

/** For threads that these services share: the smallest limit of each kind. */
export function recyclingPolicy(services: readonly Pick<ServiceDefinition, 'recycle'>[]): RecyclingPolicy {
  const smallest = (limits: readonly (number | undefined)[]) =>
    Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY))
  return {
    afterRuns: smallest(services.map(({ recycle }) => recycle.afterRuns)),
    heapBytes: 2 ** 20 * smallest(services.map(({ recycle }) => recycle.heapMb)),
  }
}

export function everRecycles({ afterRuns, heapBytes }: RecyclingPolicy): boolean {
  return Number.isFinite(afterRuns) || Number.isFinite(heapBytes)
}

export function isRecyclingDue(policy: RecyclingPolicy, runsDone: number, heapBytes: number): boolean {
  return runsDone >= policy.afterRuns || heapBytes >= policy.heapBytes
}
