/**
 * Finds what has changed for the worse or for the better, from the counters: a pure machine, which is given a snapshot and the time.
 *
 *     (quiet) --its condition becomes true--> (open) --its condition becomes false--> (quiet)
 *
 * 1. Each incident opens once and ends once, however often it is looked at.
 * 2. A counter that grew (killed threads, ledger violations) is told of once for each look that finds it grown; it does not end.
 * 3. The first look finds what is wrong already. What counters counted before it is not told.
 */
import type { Catalogue } from '../../counters/catalogue.js'
import { wordOfEach } from '../../counters/enum-words.js'
import type { Snapshot } from '../../counters/reader.js'
import { METHOD_ROW, PROCESS_ROW, SERVICE_ROW, TIMER_ROW } from '../../counters/row-shapes.js'
import { THREAD_END_REASONS } from '../../kernel/events.js'
import type { Notice, NoticeKind } from '../../kernel/notices.js'
import { formatSpan, type Millis, microsFromMillis } from '../../kernel/time.js'
import { CIRCUIT_REASONS, CIRCUIT_STATES } from '../../kernel/vocabulary.js'
import { overdueSince } from '../../observe/overdue.js'

/** As many failures in a row as the event `entrypoint.failing` waits for. */
const FAILURES = 5

const RESTARTS = wordOfEach(SERVICE_ROW.at.restarts, THREAD_END_REASONS)
const CLOSED = CIRCUIT_STATES.indexOf('closed')
const QUARANTINED = CIRCUIT_REASONS.indexOf('quarantined')

/** Something that is wrong now. */
interface Incident {
  readonly kind: Exclude<NoticeKind, 'recovered' | 'killed' | 'ledger'>
  readonly entrypoint: string
  readonly service: string
  readonly text: string
  readonly since?: Millis
}

/** What only grows. */
interface Counted {
  /** By service. */
  readonly killed: ReadonlyMap<string, number>
  readonly ledgerViolations: number
}

export class Detector {
  readonly #catalogue: Catalogue
  #open: ReadonlyMap<string, Incident> = new Map()
  /** Undefined before the first look. */
  #counted: Counted | undefined

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** The incidents that are open: nothing critical is wrong when there is none. */
  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** What has changed since the last look. */
  look(snapshot: Snapshot, now: Millis): Notice[] {
    const found = new Map([...this.#incidents(snapshot, now)].map((one) => [`${one.kind}:${one.entrypoint}`, one]))
    const began = [...found].filter(([incident]) => !this.#open.has(incident))
    const ended = [...this.#open].filter(([incident]) => !found.has(incident))
    this.#open = found
    return [
      ...ended.map(([incident, { kind, entrypoint, service, since }]): Notice => {
        const text = `${entrypoint} is no longer ${PAST[kind]}`
        return { kind: 'recovered', incident, entrypoint, service, text, at: now, ...(since && { since }) }
      }),
      ...began.map(([incident, one]): Notice => ({ ...one, incident, at: now })),
      ...this.#grown(snapshot, now),
    ]
  }

  *#incidents(snapshot: Snapshot, now: Millis): Generator<Incident> {
    const { timers, methods } = this.#catalogue
    for (const [index, { id, service, timeout = 0 }] of timers.entries()) {
      const word = (field: number) => snapshot.word(snapshot.at('timers', index) + field)
      const noSuccessSince = word(TIMER_ROW.at.noSuccessSince)
      const since = overdueSince({ noSuccessSince, interval: word(TIMER_ROW.at.interval), timeout }, now)
      if (since === undefined) continue
      const text = `${id} is overdue: no run has completed for ${formatSpan(microsFromMillis(Math.round((now - since) / 1_000) * 1_000))}`
      yield { kind: 'overdue', entrypoint: id, service, text, since }
    }
    for (const [index, { service, method }] of methods.entries()) {
      const word = (field: number) => snapshot.word(snapshot.at('methods', index) + field)
      const failures = word(METHOD_ROW.at.consecutiveFailures)
      const entrypoint = `${service}.${method}`
      const about = { entrypoint, service }
      if (failures >= FAILURES)
        yield { kind: 'failing', ...about, text: `${entrypoint} has failed ${failures} times in a row` }
      if (word(METHOD_ROW.at.circuit) === CLOSED) continue
      if (word(METHOD_ROW.at.circuitReason) === QUARANTINED)
        yield {
          kind: 'quarantined',
          ...about,
          text: `${entrypoint} is in quarantine: it crashed its thread again and again`,
        }
      else yield { kind: 'circuit_open', ...about, text: `the circuit of ${entrypoint} is open: its ticks are skipped` }
    }
  }

  #grown(snapshot: Snapshot, now: Millis): Notice[] {
    const counted = this.#count(snapshot)
    const before = this.#counted
    this.#counted = counted
    if (!before) return []
    const killed = [...counted.killed].flatMap(([service, count]): Notice[] => {
      const more = count - before.killed.get(service)!
      if (more <= 0) return []
      const text = `${more === 1 ? 'a thread' : `${more} threads`} of ${service} had to be killed`
      return [{ kind: 'killed', incident: `killed:${service}`, service, at: now, text }]
    })
    if (counted.ledgerViolations <= before.ledgerViolations) return killed
    const text = 'a ledger does not close, please report this bug; the log names the timer'
    return [...killed, { kind: 'ledger', incident: 'ledger', at: now, text }]
  }

  #count(snapshot: Snapshot): Counted {
    const killed = this.#catalogue.services.map(({ service }, index): [string, number] => {
      const word = (field: number) => snapshot.word(snapshot.at('services', index) + field)
      return [service, word(RESTARTS.killed) + word(RESTARTS.hung)]
    })
    const ledgerViolations = snapshot.word(snapshot.at('process', 0) + PROCESS_ROW.at.ledgerViolations)
    return { killed: new Map(killed), ledgerViolations }
  }
}

const PAST: Readonly<Record<Incident['kind'], string>> = {
  failing: 'failing',
  overdue: 'overdue',
  quarantined: 'in quarantine',
  circuit_open: 'kept from running by its circuit',
}
