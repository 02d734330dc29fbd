/** The shape of a row of the log table: which line an event writes. */
import type { EngineEvents, EventName } from '../../kernel/events.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'

export type Level = 'debug' | 'info' | 'warn' | 'error'
export type Fields = object

/** A fixed value, or a function of the event. */
export type OfEvent<Event, Value> = Value | ((event: Event) => Value)

export interface LogLine<Event> {
  /** The row applies to events for which this is true. Default: to every event. */
  readonly when?: (event: Event) => boolean
  readonly level: OfEvent<Event, Level>
  readonly text: OfEvent<Event, string>
  /** Called only when the line is written. Default: all properties of the event. */
  readonly fields?: (event: Event) => Fields
  /** Set when the event may come many times a second: then only the first one of a streak is written in full. */
  readonly repeats?: RepeatedLine<Event>
}

export interface RepeatedLine<Event> {
  /** Text of the summary that counts the later events of a streak. */
  readonly more: OfEvent<Event, string>
  /** Events with the same key belong to the same streak. Keys need to be unique only within one kind of event. */
  readonly key: (event: Event) => string
  /** How often a summary is written. Default: once a minute. */
  readonly every?: (event: Event) => Micros
  /** How many occurrences one event stands for. Default: 1. */
  readonly count?: (event: Event) => number
  /** Fields that the summary has in common with the full line. */
  readonly subject: (event: Event) => Fields
}

/** For each event its rows; the first row whose `when` holds is written. */
export type LogTable<Name extends EventName = EventName> = {
  readonly [Event in Name]: readonly LogLine<EngineEvents[Event]>[]
}

export const MINUTE: Micros = microsFromSeconds(60)
export const HOUR: Micros = microsFromSeconds(3_600)

export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
