/**
 * The last changes of this instance, made of rare events of the engine.
 *
 * 1. At most {@link MOST_KEPT} are kept: a new admin thread is told them.
 * 2. Of one subject (a thread, an entrypoint, a lease) at most {@link MOST_AT_ONCE} are told within {@link PERIOD}. Further ones are
 *    withheld; the last of them is told at the end of the period, with how many came before it. So what was told last is true.
 * 3. Changes are told in the order of their moments.
 */
import type { Clock } from '../../kernel/clock.js'
import type { EngineEvents, EventName, Events } from '../../kernel/events.js'
import { type Micros, type Millis, microsFromSeconds } from '../../kernel/time.js'
import type { Change } from '../../observe/changes/change.js'
import { CHANGE_TABLE, type MadeChange } from '../../observe/changes/change-table.js'
import { isoTime } from '../../observe/log/log-line.js'

export interface ChangeLogOptions {
  readonly clock: Pick<Clock, 'now' | 'wallNow' | 'after'>
  readonly events: Events
  readonly onChange: (change: Change) => void
}

const MOST_KEPT = 200
const MOST_AT_ONCE = 6
/** Something that was done so long ago was done by another process. */
const OLD: Millis = 5_000
const PERIOD: Micros = microsFromSeconds(60)

/** The changes of one subject within one period. */
interface Subject {
  readonly since: Micros
  told: number
  withheld: number
  last?: MadeChange
}

export class ChangeLog {
  readonly #options: ChangeLogOptions
  readonly #kept: Change[] = []
  readonly #subjects = new Map<string, Subject>()
  readonly #subscriptions: readonly (() => void)[]
  readonly #timers = new Set<() => void>()

  constructor(options: ChangeLogOptions) {
    this.#options = options
    this.#subscriptions = (Object.keys(CHANGE_TABLE) as EventName[]).map((name) => this.#subscribe(name))
  }

  /** Oldest first. */
  get changes(): readonly Change[] {
    return this.#kept
  }

  stop(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    for (const cancel of this.#timers) cancel()
  }

  #subscribe<Name extends EventName>(name: Name): () => void {
    const make: ((event: EngineEvents[Name]) => MadeChange | undefined) | undefined = CHANGE_TABLE[name]
    return this.#options.events.on(name, (event) => {
      const made = make?.(event)
      if (made) this.#take(made)
    })
  }

  #take(made: MadeChange): void {
    const key = `${made.kind === 'recovered' ? 'failing' : made.kind} ${made.subject}`
    const subject = this.#subjectOf(key)
    if (subject.told < MOST_AT_ONCE) {
      subject.told++
      this.#tell(made)
      return
    }
    subject.last = made
    if (subject.withheld++ === 0) this.#awaitEnd(key, subject)
  }

  #subjectOf(key: string): Subject {
    const now = this.#options.clock.now()
    const known = this.#subjects.get(key)
    // A period during which something was withheld lasts until that is told.
    if (known && (known.withheld > 0 || now < known.since + PERIOD)) return known
    const subject: Subject = { since: now, told: 0, withheld: 0 }
    this.#subjects.set(key, subject)
    return subject
  }

  /** Tells the last of the withheld changes when the period is over. */
  #awaitEnd(key: string, subject: Subject): void {
    const { clock } = this.#options
    const cancel = clock.after(Math.max(0, subject.since + PERIOD - clock.now()), () => {
      this.#timers.delete(cancel)
      const { last, withheld } = subject
      this.#subjects.set(key, { since: clock.now(), told: 1, withheld: 0 })
      const before = withheld > 1 ? ` (${withheld - 1} changes just before are left out)` : ''
      if (last) this.#tell({ ...last, text: `${last.text}${before}` })
    })
    this.#timers.add(cancel)
  }

  #tell({ subject: _subject, doneAt, ...made }: MadeChange): void {
    const at = this.#options.clock.wallNow()
    const isOld = doneAt !== undefined && at - doneAt > OLD
    const change: Change = { at, ...made, text: isOld ? `${made.text} (on ${isoTime(doneAt)})` : made.text }
    this.#kept.push(change)
    if (this.#kept.length > MOST_KEPT) this.#kept.shift()
    this.#options.onChange(change)
  }
}
