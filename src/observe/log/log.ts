/**
 * Writes the engine's events to a logger: one line for everything that changes, in short plain English, with fields.
 *
 * | level | lines                                                                                               |
 * |-------|-----------------------------------------------------------------------------------------------------|
 * | error | every run that failed, timed out or crashed; a thread that died; a failed listener; a ledger that does not close |
 * | warn  | ticks skipped unintentionally; a clock jump; work killed at the stop                                 |
 * | info  | ready, stopping, stopped; restarted threads; aborted runs; ticks skipped as intended                 |
 * | debug | the first start of each thread; every run and every skipped tick                                     |
 *
 * The tables `log-table-*.ts` say which line an event writes. To log a new event, add a row there; the type of
 * {@link LOG_TABLE} requires a row for every event.
 *
 * Failures are written one by one. Skipped ticks, aborted runs, failing listeners and ledger violations can come many
 * times a second, so the first one of each (entrypoint, reason) is written in full and the later ones are counted and
 * summarized once per period (see {@link Repeats}): a 100 ms job that is skipped for an hour writes 61 lines. On a clean
 * start the first line above debug is "ready".
 */
import type { Logger } from 'pino'
import { monotonicNow } from '../../kernel/clock.js'
import type { EngineEvents, EventName, Events } from '../../kernel/events.js'
import type { Micros } from '../../kernel/time.js'
import { type LogLine, type LogTable, MINUTE, type OfEvent } from './log-line.js'
import { COORDINATION_LINES } from './log-table-coordination.js'
import { ENGINE_LINES } from './log-table-engine.js'
import { QUEUE_LINES } from './log-table-queue.js'
import { RUN_LINES } from './log-table-runs.js'
import { Repeats } from './repeats.js'

export interface EventLogOptions {
  readonly logger: Logger
  readonly events: Events
  /** The monotonic clock. */
  readonly now?: () => Micros
}

const LOG_TABLE: LogTable = { ...ENGINE_LINES, ...RUN_LINES, ...COORDINATION_LINES, ...QUEUE_LINES }

/** Subscribes to all events and writes their lines. The result unsubscribes and writes the summaries still due. */
export function logEvents({ logger, events, now = monotonicNow() }: EventLogOptions): () => void {
  const repeats = new Repeats(now)

  const subscribe = <Name extends EventName>(name: Name): (() => void) => {
    const lines: readonly LogLine<EngineEvents[Name]>[] = LOG_TABLE[name]
    return events.on(name, (event) => {
      if (name === 'stopped') repeats.flush()
      else repeats.sweep()
      const line = lines.find(({ when }) => when === undefined || when(event))
      if (line) writeLine(logger, repeats, name, line, event)
    })
  }

  const subscriptions = (Object.keys(LOG_TABLE) as EventName[]).map((name) => subscribe(name))
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
    repeats.flush()
  }
}

function writeLine<Event extends object>(
  logger: Logger,
  repeats: Repeats,
  name: EventName,
  { level: levelOf, text: textOf, fields, repeats: repeated }: LogLine<Event>,
  event: Event,
): void {
  const level = valueFor(event, levelOf)
  const text = valueFor(event, textOf)
  if (!repeated) {
    if (logger.isLevelEnabled(level)) logger[level](fields ? fields(event) : event, text)
    return
  }
  const { more, key, every, count, subject } = repeated
  const isFirst = repeats.isFirst(
    `${name} ${key(event)}`,
    count?.(event) ?? 1,
    every?.(event) ?? MINUTE,
    (counted, overSeconds) =>
      logger[level]({ ...subject(event), count: counted, overSeconds: Math.round(overSeconds) }, valueFor(event, more)),
  )
  // Later events of a streak are written in full at level debug only.
  const lineLevel = isFirst ? level : 'debug'
  if (logger.isLevelEnabled(lineLevel))
    logger[lineLevel]({ ...subject(event), ...(fields ? fields(event) : event) }, text)
}

function valueFor<Event, Value extends string>(event: Event, value: OfEvent<Event, Value>): Value {
  return typeof value === 'function' ? value(event) : value
}
