import { ClockGuard } from '../../coordinate/clock-guard.js'
import { monitoredStore } from '../../coordinate/monitored-store.js'
import type { CoordinationStore } from '../../coordinate/ports.js'
import { StoreGuard } from '../../coordinate/store-guard.js'
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { LeadingGate } from './leading-gate.js'
import type { StoreTrouble } from './store-trouble.js'

export interface GuardedStoreOptions {
  readonly store: CoordinationStore
  readonly gate: LeadingGate | undefined
  readonly clock: Clock
  /** How long a check of the store counts. */
  readonly period: Micros
  readonly trouble: StoreTrouble
}

/** Lets requests through only while the store can be trusted, and leases and claims only through the gate too. */
export function guardedStore({ store, gate, clock, period, trouble }: GuardedStoreOptions): StoreGuard {
  const monitored = monitoredStore(store, (error) => trouble.answered(error))
  const clockGuard = new ClockGuard(monitored, store, clock)
  return new StoreGuard({
    store: {
      ...monitored,
      async acquire(lease, holder, ttl, signal, above) {
        await gate?.beforeLeading(signal)
        return monitored.acquire(lease, holder, ttl, signal, above)
      },
      async claim(tick, holder, keep, signal) {
        await gate?.beforeLeading(signal)
        return clockGuard.claim(tick, holder, keep, signal)
      },
      check: (signal) => clockGuard.check(signal),
      values: store.values,
    },
    clock,
    period,
    onProblems: (problems) => trouble.found(problems),
  })
}
