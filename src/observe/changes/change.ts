/** Something that changed in an instance, as the people who run it see it: on the time axis beside the ticks, and in a list. */
import type { Millis } from '../../kernel/time.js'
import type { LeaseEvent } from '../../kernel/vocabulary.js'

/** From good to bad. */
export const LEVELS = ['ok', 'warning', 'critical'] as const
export type Level = (typeof LEVELS)[number]

export const CHANGE_KINDS = [
  'started',
  'stopping',
  /** A thread was started again, ended, or could not be created. */
  'thread',
  'circuit',
  'lease',
  'members',
  'clock',
  /** A pause began or ended. */
  'pause',
  /** Somebody triggered a tick. */
  'trigger',
  /** Somebody aborted runs. */
  'abort',
  /** The file of a module was edited. */
  'module',
  /** The coordination store fails. */
  'coordination',
  /** The queue fails, gave up a ticket, or handed out one that this instance cannot run. */
  'queue',
  'ledger',
  /** A method failed several times in a row, or completed after that. */
  'failing',
  'recovered',
] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

export interface LeaseChange {
  readonly name: string
  readonly event: LeaseEvent
}

export interface Change {
  readonly at: Millis
  readonly kind: ChangeKind
  readonly level: Level
  /** A sentence that stands alone. */
  readonly text: string
  /** `service.method`, or `service.method#name`. */
  readonly entrypoint?: string
  readonly service?: string
  /** What happened to which lease. */
  readonly lease?: LeaseChange
  /** By how much the wall clock moved; negative: backward. */
  readonly clock?: { readonly byMs: Millis }
  /** Who did it. */
  readonly by?: string
}
