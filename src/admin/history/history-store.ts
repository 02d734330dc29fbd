/**
 * The port of the history: what became of the recent ticks, with the errors and log lines of runs that did not complete.
 *
 * 1. A tick is appended once, when it has ended. Ticks of one entrypoint come in the order in which they ended, not in which they
 *    were due: a run of a minute ends after the ticks that were skipped meanwhile.
 * 2. A note about a run may come before or after its tick, and is joined with it.
 * 3. Notes about a run that completed, or was declined, are not kept: the log has them.
 * 4. What is kept is bounded, and what is dropped before its time is counted.
 *
 * All calls are synchronous. The admin thread makes them and may wait for a disk; no other thread waits for the admin thread.
 */
import type { Millis } from '../../kernel/time.js'
import type { AbortCause, Outcome, ReturnReason, SkipReason } from '../../kernel/vocabulary.js'
import type { WireError } from '../../kernel/wire-error/wire-error.js'

interface TickIdentity {
  /** Position of the timer in the catalogue. */
  readonly entrypoint: number
  /** Number of the tick; negative when it was triggered by hand. */
  readonly sequence: number
  readonly dueAt: Millis
}

/** The spans are in milliseconds after the due moment; undefined when unknown. */
export interface EndedRun extends TickIdentity {
  readonly end: 'run'
  readonly outcome: Outcome
  readonly cause: AbortCause | undefined
  readonly attempts: number
  /** When the method was entered. */
  readonly startedAfter: Millis | undefined
  /** When the method had ended, or, if its thread did not live to report that, when its end was booked. */
  readonly endedAfter: Millis | undefined
  readonly threadId: number
}

export interface SkippedTicks extends TickIdentity {
  readonly end: 'skipped'
  readonly reason: SkipReason
  /** Number of ticks that were skipped one after the other for the same reason; this is the last of them. */
  readonly count: number
  /** Due moment of the first of them that was recorded. */
  readonly firstDueAt: Millis
}

/** Ticks of scope `queue` that the queue has kept. */
export interface HandedOverTicks extends TickIdentity {
  readonly end: 'handed_over'
  /** Number of ticks that were handed over one after the other; this is the last of them. */
  readonly count: number
  /** Due moment of the first of them that was recorded. */
  readonly firstDueAt: Millis
}

/** A ticket that this instance had taken and that went back to the queue. */
export interface ReturnedTicket extends TickIdentity {
  readonly end: 'returned'
  readonly reason: ReturnReason
  readonly attempt: number
}

export type EndedTick = EndedRun | SkippedTicks | HandedOverTicks | ReturnedTicket

/** What a run said. */
export interface RunText {
  /** Of its last attempt that failed; undefined when none is known. */
  readonly error: ErrorText | undefined
  /** Its last log lines, oldest first. */
  readonly lines: readonly string[]
}

/** An error, cut to a bounded size. */
export interface ErrorText {
  readonly name: string
  readonly message: string
  /** With the stacks of its causes. */
  readonly stack?: string
  readonly code?: string
}

export interface HistoryTick {
  readonly tick: EndedTick
  /** Undefined: the run said nothing, or it was dropped. */
  readonly text: RunText | undefined
}

/** In no order. Unit: milliseconds. */
export interface RunSpans {
  /** From the due moments to the starts. */
  readonly lateness: Float64Array
  /** From the starts to the ends. */
  readonly duration: Float64Array
}

/** Errors of one entrypoint that are equal but for numbers and ids in their messages. */
export interface ErrorFold {
  /** The last of them. */
  readonly text: RunText & { readonly error: ErrorText }
  readonly count: number
  /** Due moments of the first and of the last run that failed with it. */
  readonly firstAt: Millis
  readonly lastAt: Millis
}

export interface TickQuery {
  /** Default: all. */
  readonly entrypoint?: number
  readonly outcome?: Outcome
  readonly reason?: SkipReason
  /** Only ticks that were due at this moment or later. */
  readonly since?: Millis
  /** The most ticks. */
  readonly limit: number
}

export const HISTORY_DROPS = [
  /** Ticks that were overwritten in shared memory before they were read. */
  'not_read_in_time',
  /** Ticks that were dropped early, because there are too many entrypoints to keep 200 ticks of each. */
  'too_many_entrypoints',
  /** Texts of runs (error and log lines) that were dropped for newer ones. */
  'old_texts',
  /** Log lines of a run beyond the last ones. */
  'lines_of_long_output',
  /** Texts of runs whose ticks have not come. */
  'texts_without_tick',
  /** Kinds of errors of an entrypoint beyond the last ones. */
  'kinds_of_errors',
] as const
export type HistoryDrop = (typeof HISTORY_DROPS)[number]

export interface HistoryStore {
  append(ticks: readonly EndedTick[]): void
  /** An attempt of a run failed. */
  error(entrypoint: number, sequence: number, error: WireError): void
  /** A run wrote a line. */
  line(entrypoint: number, sequence: number, line: string): void
  /** Newest due moment first. */
  ticks(query: TickQuery): readonly HistoryTick[]
  /** The last ticks of an entrypoint that ended, in the order of their due moments, without their texts. */
  strip(entrypoint: number, most: number): readonly EndedTick[]
  /** Of all runs of an entrypoint that are kept and whose methods were entered. */
  spans(entrypoint: number): RunSpans
  /** The last runs of an entrypoint that did not complete, newest due moment first. They are kept longer than other ticks. */
  problems(entrypoint: number): readonly HistoryTick[]
  /** The kinds of errors of an entrypoint, the last one first. */
  errors(entrypoint: number): readonly ErrorFold[]
  /** Drops what is older or more than is to be kept. */
  prune(): void
  /** Counts what was dropped. */
  dropped(reason: HistoryDrop, count: number): void
  readonly drops: Readonly<Record<HistoryDrop, number>>
}

/** Whether a run said what somebody must read. */
export function isProblem(tick: EndedTick): boolean {
  return tick.end === 'run' && tick.outcome !== 'completed' && tick.outcome !== 'declined'
}
