import type { TimerDefinition } from '../../src/kernel/definitions.js'

/** A complete timer definition: an interval of 100 ms and default options, unless others are given. */
export function timerDefinition(given: Partial<TimerDefinition> = {}): TimerDefinition {
  const service = given.service ?? 'svc'
  const method = given.method ?? 'work'
  return {
    kind: 'timer',
    id: given.name === undefined ? `${service}.${method}` : `${service}.${method}#${given.name}`,
    service,
    method,
    schedule: { kind: 'interval', interval: 100_000, align: false },
    eager: false,
    overlap: 'skip',
    concurrency: 1,
    abortGrace: 1_000_000,
    missed: 'skip',
    jitter: 0,
    precise: 'auto',
    hasWhen: false,
    retry: { attempts: 1, backoff: { initial: 1_000_000, factor: 2, max: 60_000_000, jitter: 0.2 } },
    breaker: false,
    scope: 'instance',
    ...given,
  }
}
