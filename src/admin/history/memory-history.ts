/**
 * The history in memory, at most 64 MB whatever the number of entrypoints and whatever their runs say.
 *
 *     numbers   40 MB   200 ticks of each entrypoint, and its last 20 runs that did not complete; fewer when there are more than
 *                       4,500 entrypoints
 *     texts     16 MB   of those 20 runs, and of the kinds of errors; the oldest are dropped first
 *     early      4 MB   texts of runs that have not ended
 *     the rest          maps and objects, about a quarter of what the texts take
 *
 * An entrypoint that fails ten times a second has texts of 20 runs, as one that fails once a day has: it cannot displace the others'.
 */
import type { WireError } from '../../kernel/wire-error/wire-error.js'
import { EarlyTexts } from './early-texts.js'
import { ErrorFolds } from './error-folds.js'
import { Greatest } from './greatest.js'
import {
  type EndedTick,
  type ErrorFold,
  HISTORY_DROPS,
  type HistoryDrop,
  type HistoryStore,
  type HistoryTick,
  isProblem,
  type RunSpans,
  type TickQuery,
} from './history-store.js'
import { errorTextOf, GrowingRunText } from './run-text.js'
import { TextBudget, type TextHolder } from './text-budget.js'
import { TICK_BYTES, TickRings } from './tick-rings.js'

const KEPT = 200
const KEPT_PROBLEMS = 20

export interface MemoryLimits {
  /** Unit: bytes. */
  readonly numbers: number
  readonly texts: number
  readonly early: number
}

interface KeptText extends TextHolder {
  readonly text: GrowingRunText
}

const MEGABYTE = 1_024 * 1_024
const LIMITS: MemoryLimits = { numbers: 40 * MEGABYTE, texts: 16 * MEGABYTE, early: 4 * MEGABYTE }

export class MemoryHistory implements HistoryStore {
  readonly drops = Object.fromEntries(HISTORY_DROPS.map((reason) => [reason, 0])) as Record<HistoryDrop, number>
  readonly #entrypoints: number
  readonly #recent: TickRings
  readonly #problems: TickRings
  readonly #budget: TextBudget
  readonly #early: EarlyTexts
  /** By the place of the tick among the problems. */
  readonly #texts = new Map<number, KeptText>()
  readonly #folds = new Map<number, ErrorFolds>()

  constructor(entrypoints: number, limits: MemoryLimits = LIMITS) {
    const room = Math.floor(limits.numbers / TICK_BYTES / Math.max(1, entrypoints))
    const problems = Math.min(KEPT_PROBLEMS, Math.ceil((room * KEPT_PROBLEMS) / (KEPT + KEPT_PROBLEMS)))
    this.#entrypoints = entrypoints
    this.#problems = new TickRings(entrypoints, problems)
    this.#recent = new TickRings(entrypoints, Math.min(KEPT, room - problems))
    this.#budget = new TextBudget(limits.texts, () => this.dropped('old_texts', 1))
    this.#early = new EarlyTexts({ limit: limits.early, onDropped: () => this.dropped('texts_without_tick', 1) })
  }

  /** The memory that texts take, estimated from above. Unit: bytes. */
  get textBytes(): number {
    return this.#budget.bytes + this.#early.bytes
  }

  append(ticks: readonly EndedTick[]): void {
    for (const tick of ticks) this.#append(tick)
  }

  error(entrypoint: number, sequence: number, error: WireError): void {
    const converted = errorTextOf(error)
    this.#note(entrypoint, sequence, (text) => {
      text.error = converted
    })
  }

  line(entrypoint: number, sequence: number, line: string): void {
    this.#note(entrypoint, sequence, (text) => this.dropped('lines_of_long_output', text.addLine(line)))
  }

  /** Only the ticks of the answer are made into objects: the moments of all others are numbers that are compared. */
  ticks({ entrypoint, limit, ...query }: TickQuery): readonly HistoryTick[] {
    const first = entrypoint ?? 0
    const end = entrypoint === undefined ? this.#entrypoints : entrypoint + 1
    const visitAsked = (visit: (at: number, rings: TickRings, place: number) => void) => {
      for (let at = first; at < end; at++) {
        this.#visitKept(at, (rings, place) => {
          if (isAsked(rings, place, query)) visit(at, rings, place)
        })
      }
    }
    let since = Number.NEGATIVE_INFINITY
    if (Number.isFinite(limit)) {
      const newest = new Greatest(limit)
      visitAsked((_, rings, place) => newest.add(rings.dueAt(place)))
      since = newest.least
    }
    const found: HistoryTick[] = []
    visitAsked((at, rings, place) => {
      if (rings.dueAt(place) >= since) found.push(this.#read(at, rings, place))
    })
    return found.sort((a, b) => byDueMoment(b.tick, a.tick)).slice(0, limit)
  }

  strip(entrypoint: number, most: number): readonly EndedTick[] {
    return ticksOf(this.#recent, entrypoint, most).sort(byDueMoment)
  }

  spans(entrypoint: number): RunSpans {
    return this.#recent.spans(entrypoint)
  }

  problems(entrypoint: number): readonly HistoryTick[] {
    const problems = this.#problems
    return Array.from({ length: problems.kept(entrypoint) }, (_, back) =>
      this.#read(entrypoint, problems, problems.placeOf(entrypoint, back)),
    ).sort((a, b) => byDueMoment(b.tick, a.tick))
  }

  errors(entrypoint: number): readonly ErrorFold[] {
    return this.#folds.get(entrypoint)?.list() ?? []
  }

  /** There is nothing to do: what is too much is dropped at once. */
  prune(): void {}

  dropped(reason: HistoryDrop, count: number): void {
    this.drops[reason] += count
  }

  #append(tick: EndedTick): void {
    const { entrypoint, sequence } = tick
    if (isProblem(tick)) this.#appendProblem(tick)
    else if (tick.end === 'run' || tick.end === 'returned') this.#early.take(entrypoint, sequence)
    const recent = this.#recent
    if (recent.extend(tick)) return
    if (recent.capacity < KEPT && recent.kept(entrypoint) === recent.capacity) this.dropped('too_many_entrypoints', 1)
    if (recent.capacity > 0) recent.add(tick)
  }

  #appendProblem(tick: EndedTick): void {
    const text = this.#early.take(tick.entrypoint, tick.sequence)
    if (this.#problems.capacity === 0) return
    const place = this.#problems.add(tick)
    this.#forget(place)
    if (!text) return
    text.settle()
    this.#keep(place, text)
    this.#fold(tick, text)
  }

  /** Changes the text of a run, which may be in progress or have ended. */
  #note(entrypoint: number, sequence: number, change: (text: GrowingRunText) => void): void {
    const isEarly = this.#early.has(entrypoint, sequence)
    const place = isEarly ? undefined : this.#problems.find(entrypoint, sequence)
    if (place !== undefined) this.#noteProblem(entrypoint, place, change)
    // Of a run that has ended otherwise nobody reads a text: it completed, or 20 later ones did not.
    else if (isEarly || this.#recent.find(entrypoint, sequence) === undefined) {
      this.#early.change(entrypoint, sequence, change)
    }
  }

  #noteProblem(entrypoint: number, place: number, change: (text: GrowingRunText) => void): void {
    const text = this.#texts.get(place)?.text ?? new GrowingRunText()
    const hadError = text.error !== undefined
    change(text)
    text.settle()
    this.#forget(place)
    this.#keep(place, text)
    if (!hadError) this.#fold(this.#problems.read(entrypoint, place), text)
  }

  #keep(place: number, text: GrowingRunText): void {
    const kept = { text, letGo: () => this.#texts.delete(place) }
    this.#texts.set(place, kept)
    this.#budget.hold(kept, text.bytes)
  }

  #forget(place: number): void {
    const kept = this.#texts.get(place)
    if (!kept) return
    this.#budget.release(kept)
    this.#texts.delete(place)
  }

  #fold({ entrypoint, dueAt }: EndedTick, text: GrowingRunText): void {
    if (!text.error) return
    const folds = this.#folds.get(entrypoint) ?? new ErrorFolds(this.#budget, () => this.dropped('kinds_of_errors', 1))
    this.#folds.set(entrypoint, folds)
    folds.add(text.error, text, dueAt)
  }

  /** Visits all ticks of an entrypoint that are kept, each once. */
  #visitKept(entrypoint: number, visit: (rings: TickRings, place: number) => void): void {
    const [problems, recent] = [this.#problems, this.#recent]
    const sequences = new Set<number>()
    for (let back = 0; back < problems.kept(entrypoint); back++) {
      const place = problems.placeOf(entrypoint, back)
      sequences.add(problems.sequence(place))
      visit(problems, place)
    }
    for (let back = 0; back < recent.kept(entrypoint); back++) {
      const place = recent.placeOf(entrypoint, back)
      if (!recent.isRun(place) || !sequences.has(recent.sequence(place))) visit(recent, place)
    }
  }

  #read(entrypoint: number, rings: TickRings, place: number): HistoryTick {
    const text = rings === this.#problems ? this.#texts.get(place)?.text : undefined
    return { tick: rings.read(entrypoint, place), text: text && { error: text.error, lines: [...text.lines] } }
  }
}

function isAsked(rings: TickRings, place: number, { outcome, reason, since }: Omit<TickQuery, 'limit'>): boolean {
  return (
    (since === undefined || rings.dueAt(place) >= since) &&
    (outcome === undefined || rings.hasEnd(place, outcome)) &&
    (reason === undefined || rings.hasEnd(place, reason))
  )
}

/** The ticks that were added last. */
function ticksOf(rings: TickRings, entrypoint: number, most = Number.POSITIVE_INFINITY): EndedTick[] {
  const count = Math.min(most, rings.kept(entrypoint))
  return Array.from({ length: count }, (_, back) => rings.read(entrypoint, rings.placeOf(entrypoint, back)))
}

/** Ticks that were triggered by hand are numbered backwards. */
function byDueMoment(a: EndedTick, b: EndedTick): number {
  return a.dueAt - b.dueAt || Math.abs(a.sequence) - Math.abs(b.sequence)
}
