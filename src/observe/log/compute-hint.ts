/**
 * Warns once of a service that computes for more than half of the time beside punctual timers of other services: when every core
 * computes, a thread that wakes up waits for the kernel, and only a lower priority of what computes helps.
 *
 * A run counts as computing when its method returned without a promise: it has held its thread from its start to its end. The
 * share is the time that the runs of a service computed by the time that has passed, looked at after {@link PERIOD} and at least
 * two runs.
 */
import type { Logger } from 'pino'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import type { Events } from '../../kernel/events.js'
import { type Micros, secondsFromMicros } from '../../kernel/time.js'

const PERIOD: Micros = 10_000_000
const LARGEST_SHARE = 0.5

export interface ComputeHintOptions {
  readonly logger: Pick<Logger, 'warn'>
  readonly events: Events
  readonly services: () => readonly ServiceDefinition[]
  /** The monotonic clock. */
  readonly now: () => Micros
}

/** What a service has computed since its period began. */
interface Period {
  readonly since: Micros
  computed: number
  runs: number
}

/** Subscribes to the ends of runs; the result unsubscribes. */
export function hintAtNiceness({ logger, events, services, now }: ComputeHintOptions): () => void {
  const periods = new Map<string, Period>()
  const hinted = new Set<string>()
  return events.on('run.ended', ({ service, computed }) => {
    if (computed === undefined || hinted.has(service)) return
    const moment = now()
    const period = periods.get(service) ?? { since: moment, computed: 0, runs: 0 }
    periods.set(service, period)
    // The first run began before its period did.
    if (period.runs++ > 0) period.computed += computed
    if (moment - period.since < PERIOD || period.runs < 3) return
    periods.delete(service)
    const share = period.computed / secondsFromMicros(moment - period.since)
    const beside = punctualBeside(service, services())
    if (share <= LARGEST_SHARE || beside.length === 0) return
    hinted.add(service)
    logger.warn(
      { service, computesPercent: Math.round(100 * share), beside },
      'the service computes for most of the time and can make punctual timers of other services late: give it a lower priority with the option "nice" of @service, for example nice: 10 (Linux)',
    )
  })
}

/** The other services with punctual timers; none when the priority of this one is lower already. */
function punctualBeside(service: string, services: readonly ServiceDefinition[]): string[] {
  if (services.some(({ name, nice }) => name === service && nice > 0)) return []
  const others = services.filter(({ name, nice }) => name !== service && nice === 0)
  return others.filter(({ timers }) => timers.some(({ precise }) => precise === true)).map(({ name }) => name)
}
