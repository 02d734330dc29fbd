/** All that is known of one timer at a moment: of its counters, its definition, its pause, and its last ticks. */
import type { Catalogue } from '../../counters/catalogue.js'
import { methodId } from '../../counters/catalogue.js'
import { wordOfEach } from '../../counters/enum-words.js'
import type { Snapshot } from '../../counters/reader.js'
import { LEASE_ROW, METHOD_ROW, TIMER_ROW } from '../../counters/row-shapes.js'
import type { TimerDefinition } from '../../kernel/definitions.js'
import type { PauseView } from '../../kernel/pause.js'
import { type Micros, type Millis, millisFromMicros, wallTimeOf } from '../../kernel/time.js'
import type { LedgerCounts } from '../../kernel/view.js'
import {
  CIRCUIT_REASONS,
  CIRCUIT_STATES,
  type CircuitReason,
  type CircuitState,
  OUTCOMES,
  type Outcome,
  SKIP_REASONS,
  type SkipReason,
} from '../../kernel/vocabulary.js'
import { overdueSince } from '../../observe/overdue.js'
import type { EndedTick } from '../history/history-store.js'

export type CircuitFacts =
  | { readonly state: 'closed' }
  | {
      readonly state: Exclude<CircuitState, 'closed'>
      readonly reason: CircuitReason
      /** When a probe may run; undefined while one runs. */
      readonly until: Millis | undefined
    }

export interface TimerFacts {
  /** Position in the catalogue. */
  readonly index: number
  readonly timer: TimerDefinition
  /** Name of its pool. */
  readonly pool: string
  readonly ledger: LedgerCounts
  /** Time between two ticks; 0 when not known. */
  readonly interval: Micros
  readonly nextDueAt: Millis | undefined
  readonly lastSuccessAt: Millis | undefined
  /** Due moment of the first tick that has no success after it. */
  readonly noSuccessSince: Millis | undefined
  /** The same, if for too long. */
  readonly overdueSince: Millis | undefined
  /** Since when the oldest run is in progress; not before its due moment. */
  readonly runningSince: Millis | undefined
  readonly circuit: CircuitFacts
  readonly consecutiveFailures: number
  readonly pause: PauseView | undefined
  /** Whether this instance holds the lease that the timer needs; undefined when it needs none. */
  readonly holdsLease: boolean | undefined
  /** Whether this instance holds the lease under which ticks are handed over to the queue; undefined unless the scope is `queue`. */
  readonly handsOver: boolean | undefined
  /** Since when no instance has held that lease; undefined when one does, or this instance does not watch that. */
  readonly notOfferedSince: Millis | undefined
  /** The last {@link RECENT} ticks that ended, in the order of their due moments. */
  readonly recent: readonly EndedTick[]
  /** All ticks that are kept, in the order of their due moments. Read when asked for: of a timer that is well nobody asks. */
  readonly last: readonly EndedTick[]
}

/** Enough to see whether most ticks are skipped or late. */
export const RECENT = 20

export interface Now {
  readonly mono: Micros
  readonly wall: Millis
}

export interface TimerSources {
  readonly catalogue: Catalogue
  /** Position of each method in the catalogue, by its id. */
  readonly methods: ReadonlyMap<string, number>
  readonly snapshot: Snapshot
  readonly pauses: readonly PauseView[]
  readonly now: Now
  /** The last ticks of a timer that ended, in the order of their due moments. */
  readonly lastTicks: (index: number, most: number) => readonly EndedTick[]
}

const SKIPPED = Object.entries(wordOfEach(TIMER_ROW.at.skipped, SKIP_REASONS)) as [SkipReason, number][]
const RUNS = Object.entries(wordOfEach(TIMER_ROW.at.runs, OUTCOMES)) as [Outcome, number][]

/** @param index position of the timer in the catalogue. */
export function timerFacts(index: number, timer: TimerDefinition, pool: string, sources: TimerSources): TimerFacts {
  const { catalogue, methods, snapshot, pauses, now, lastTicks } = sources
  const { at } = TIMER_ROW
  const row = snapshot.at('timers', index)
  const word = (field: number) => snapshot.word(row + field)
  const all = <Key extends string>(words: readonly (readonly [Key, number])[]) => {
    const counts = {} as Record<Key, number>
    for (const [key, field] of words) counts[key] = word(field)
    return counts
  }
  const method = methodId(timer.service, timer.method)
  const { circuit, consecutiveFailures } = methodFacts(snapshot, methods.get(method)!, now)
  const interval = word(at.interval)
  let last: readonly EndedTick[] | undefined
  return {
    index,
    timer,
    pool,
    ledger: {
      due: word(at.due),
      taken: word(at.taken),
      handedOver: word(at.handedOver),
      returned: word(at.returned),
      skipped: all(SKIPPED),
      runs: all(RUNS),
      active: word(at.active),
      pending: word(at.pending),
    },
    interval,
    nextDueAt: unlessZero(word(at.nextTick)),
    lastSuccessAt: unlessZero(word(at.lastSuccess)),
    noSuccessSince: unlessZero(word(at.noSuccessSince)),
    overdueSince: overdueSince(
      {
        noSuccessSince: word(at.noSuccessSince),
        interval,
        ...(timer.timeout !== undefined && { timeout: timer.timeout }),
      },
      now.wall,
    ),
    runningSince: wallOf(word(at.oldestRunSince), now),
    circuit,
    consecutiveFailures,
    pause: pauses.find(({ entrypoint }) => entrypoint === timer.id || entrypoint === method),
    holdsLease: timer.lease === undefined ? undefined : holdsLease(catalogue, snapshot, timer.lease),
    handsOver: timer.offerLease === undefined ? undefined : holdsLease(catalogue, snapshot, timer.offerLease),
    notOfferedSince:
      timer.offerLease === undefined
        ? undefined
        : unlessZero(leaseWord(catalogue, snapshot, timer.offerLease, LEASE_ROW.at.unheldSince)),
    recent: lastTicks(index, RECENT),
    get last() {
      last ??= lastTicks(index, Number.POSITIVE_INFINITY)
      return last
    },
  }
}

function methodFacts(
  snapshot: Snapshot,
  index: number,
  now: Now,
): { readonly circuit: CircuitFacts; readonly consecutiveFailures: number } {
  const { at } = METHOD_ROW
  const row = snapshot.at('methods', index)
  const state = CIRCUIT_STATES[snapshot.word(row + at.circuit)]!
  const reason = CIRCUIT_REASONS[snapshot.word(row + at.circuitReason)]!
  const until = wallOf(snapshot.word(row + at.circuitUntil), now)
  return {
    circuit: state === 'closed' ? { state } : { state, reason, until },
    consecutiveFailures: snapshot.word(row + at.consecutiveFailures),
  }
}

function holdsLease(catalogue: Catalogue, snapshot: Snapshot, name: string): boolean {
  return leaseWord(catalogue, snapshot, name, LEASE_ROW.at.leader) === 1
}

function leaseWord(catalogue: Catalogue, snapshot: Snapshot, name: string, word: number): number {
  const index = catalogue.leases.findIndex(({ lease }) => lease === name)
  return snapshot.word(snapshot.at('leases', index) + word)
}

function wallOf(mono: Micros, now: Now): Millis | undefined {
  return mono === 0 ? undefined : wallTimeOf(mono, now.mono, now.wall)
}

function unlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value
}

/**
 * How long a run may take until its thread is killed, with all its attempts and the longest delays between them; undefined: for ever.
 * An attempt that takes longer than the time-out is the last one.
 */
export function longestRun({ timeout, abortGrace, retry: { attempts, backoff } }: TimerDefinition): Millis | undefined {
  if (timeout === undefined) return undefined
  const delays = Array.from({ length: attempts - 1 }, (_, retry) =>
    Math.min(backoff.initial * backoff.factor ** retry * (1 + backoff.jitter), backoff.max),
  )
  return millisFromMicros(delays.reduce((sum, delay) => sum + delay, attempts * timeout + abortGrace))
}
