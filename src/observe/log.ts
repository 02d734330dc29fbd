/**
 * What the engine writes to its log: one line for everything that changes, in short plain English, with fields.
 *
 * | level | lines                                                                                               |
 * |-------|-----------------------------------------------------------------------------------------------------|
 * | error | every run that failed, timed out or crashed; a thread that died; a failed listener; a ledger that does not close |
 * | warn  | ticks skipped because something is not as it should be; a clock jump; work killed at the stop       |
 * | info  | ready, stopping, stopped; threads that were started again; aborted runs; ticks skipped as intended   |
 * | debug | the threads' first start; every run and every skipped tick                                          |
 *
 * Failures are written one by one. Skipped ticks, aborted runs, failing listeners and ledger violations can come many
 * times a second, so each (entrypoint, reason) says its first and then, once a period, how many more there were (see
 * {@link Repeats}): a 100 ms job that is skipped for an hour writes 61 lines. On a clean start the first line above
 * debug is "ready".
 */
import { type LevelWithSilent, type Logger, pino } from 'pino'
import { monotonicNow } from '../kernel/clock.js'
import type { EventName, Events, Listener, RunEnded, TickSkipped } from '../kernel/events.js'
import { type Micros, microsFromSeconds } from '../kernel/time.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import { toWireError } from '../kernel/wire-error.js'
import { loggedError } from './logged-error.js'
import { prettyStream, type TextSink } from './pretty-stream.js'
import { Repeats } from './repeats.js'
import { standardOutput } from './standard-output.js'
import { VERSION } from './version.js'

export interface LoggerOptions {
  /** Default: info. */
  readonly level?: LevelWithSilent
  /** Text for people instead of JSON lines; `auto` does so on a terminal. Default: auto. */
  readonly pretty?: boolean | 'auto'
  /** Default: standard output. */
  readonly destination?: TextSink
}

/** The supervisor's own logger. */
export function createLogger({
  level = 'info',
  pretty = 'auto',
  destination = standardOutput(),
}: LoggerOptions = {}): Logger {
  const isPretty = pretty === 'auto' ? destination.isTTY === true : pretty
  return pino({ level }, isPretty ? prettyStream(destination) : destination)
}

export interface EventLogOptions {
  readonly logger: Logger
  readonly events: Events
  /** The monotonic clock. */
  readonly now?: () => Micros
}

type Level = 'debug' | 'info' | 'warn' | 'error'
type Fields = Readonly<Record<string, unknown>>

const MINUTE = microsFromSeconds(60)
const HOUR = microsFromSeconds(3_600)

/** How a run that ended is told. */
const RUN_LINES: Readonly<Record<Outcome, readonly [Level, string]>> = {
  completed: ['debug', 'run completed'],
  failed: ['error', 'run failed'],
  timed_out: ['error', 'run timed out'],
  aborted: ['info', 'run aborted'],
  crashed: ['error', 'run crashed'],
  declined: ['debug', 'run declined'],
}

const TROUBLE = { level: 'warn', every: MINUTE } as const
const INTENDED = { level: 'info', every: HOUR } as const

/** Whether a skipped tick is worth a look, and how often it is told. */
const SKIP_NOTICES: Readonly<Record<SkipReason, { readonly level: Level; readonly every: Micros }>> = {
  running: TROUBLE,
  missed: TROUBLE,
  saturated: TROUBLE,
  superseded: TROUBLE,
  circuit_open: TROUBLE,
  quarantined: TROUBLE,
  claim_unknown: TROUBLE,
  paused: INTENDED,
  outside_window: INTENDED,
  not_leader: INTENDED,
  claimed_elsewhere: INTENDED,
  stopping: INTENDED,
}

/** A line that may come many times a second. Its fields are only made when it is written. */
interface Flood {
  /** What makes a streak. */
  readonly key: string
  readonly count?: number
  readonly level: Level
  readonly every: Micros
  readonly text: string
  /** The text of the summary. */
  readonly more: string
  /** The fields of the first line and of the summary. */
  readonly subject: () => Fields
  /** The fields of one line only. */
  readonly fields: () => Fields
}

/** Writes what happens to the logger, until the result is called. */
export function logEvents({ logger, events, now = monotonicNow() }: EventLogOptions): () => void {
  const repeats = new Repeats(now)

  /** What may come in floods: the first at its level, the others at debug, and how many they were once a period. */
  const sayOften = ({ key, count = 1, level, every, text, more, subject, fields }: Flood) => {
    const first = repeats.isFirst(key, count, every, (counted, overSeconds) =>
      logger[level]({ ...subject(), count: counted, overSeconds: Math.round(overSeconds) }, more),
    )
    if (first) logger[level]({ ...subject(), ...fields() }, text)
    else if (logger.isLevelEnabled('debug')) logger.debug({ ...subject(), ...fields() }, text)
  }

  const listeners: { [Name in EventName]: Listener<Name> } = {
    ready: (event) => logger.info({ ...event, version: VERSION, node: process.version }, 'ready'),
    stopping: (event) => logger.info(event, 'stopping'),
    stopped(event) {
      repeats.flush()
      logger[event.killed.length > 0 ? 'warn' : 'info'](event, 'stopped')
    },
    'run.ended'(run) {
      repeats.sweep()
      const [level, text] = RUN_LINES[run.outcome]
      if (run.outcome === 'aborted') {
        sayOften({
          key: `${run.entrypoint} aborted`,
          level,
          every: MINUTE,
          text,
          more: 'more runs aborted',
          subject: () => entrypointFields(run),
          fields: () => runFields(run),
        })
      } else if (logger.isLevelEnabled(level)) {
        logger[level]({ ...entrypointFields(run), ...runFields(run) }, text)
      }
    },
    'tick.skipped'(skipped) {
      const { entrypoint, reason, count, sequence, dueWall } = skipped
      sayOften({
        key: `${entrypoint} ${reason}`,
        count,
        ...SKIP_NOTICES[reason],
        text: 'tick skipped',
        more: 'more ticks skipped',
        subject: () => ({ ...entrypointFields(skipped), reason }),
        fields: () => ({ count, tick: sequence, dueAt: isoTime(dueWall) }),
      })
    },
    'thread.started'(event) {
      if (event.restarts > 0) logger.info(event, 'thread started again')
      else logger.debug(event, 'thread started')
    },
    'thread.exited'({ error, restartIn, ...event }) {
      const fields = { ...event, ...(restartIn !== undefined && { restartInSeconds: restartIn }) }
      if (event.reason === 'stopped') logger.debug(fields, 'thread stopped')
      else if (event.reason === 'recycled') logger.info(fields, 'thread recycled')
      else logger.error({ ...fields, ...(error && { err: loggedError(error) }) }, 'thread died')
    },
    'run.aborting'({ sequence, cause, ...run }) {
      const subject = () => ({ ...run, cause })
      const fields = () => ({ tick: sequence })
      const text = 'run told to stop'
      sayOften({
        ...TROUBLE,
        key: `${text} ${run.entrypoint} ${cause}`,
        text,
        more: 'more runs told to stop',
        subject,
        fields,
      })
    },
    'run.retrying'({ sequence, attempt, inSeconds, error, ...run }) {
      const fields = { tick: sequence, attempt, inSeconds, ...(error && { err: loggedError(error) }) }
      logger.warn({ ...run, ...fields }, 'attempt failed, trying again')
    },
    'run.overlong'({ sequence, forSeconds, ...run }) {
      logger.warn({ ...run, tick: sequence, forSeconds }, 'run takes very long, consider a timeout')
    },
    'lease.changed'({ lease, event, epoch, cause, error }) {
      const fields = {
        lease,
        epoch: String(epoch),
        ...(event !== 'acquired' && cause && { cause }),
        ...(error && { err: loggedError(error) }),
      }
      const text = `lease ${event.replace('_', ' ')}`
      if (event === 'renewed') logger.debug(fields, text)
      else if (event === 'acquired' || event === 'released') logger.info(fields, text)
      else if (event === 'lost') logger.warn(fields, text)
      else {
        sayOften({
          key: `${lease} ${event}`,
          level: 'warn',
          every: MINUTE,
          text,
          more: `${text} again`,
          subject: () => ({ lease }),
          fields: () => fields,
        })
      }
    },
    'claim.ended'({ entrypoint, result, error }) {
      if (!error) {
        if (logger.isLevelEnabled('debug')) logger.debug({ entrypoint, result }, 'claim ended')
        return
      }
      sayOften({
        key: `${entrypoint} claim`,
        level: 'warn',
        every: MINUTE,
        text: 'claim unknown',
        more: 'more claims unknown',
        subject: () => ({ entrypoint }),
        fields: () => ({ err: loggedError(error) }),
      })
    },
    'members.changed': ({ self, members }) =>
      logger.info({ self, members: members.map(({ id }) => id) }, 'members changed'),
    'coordination.failed'({ error }) {
      sayOften({
        key: 'coordination',
        level: 'warn',
        every: MINUTE,
        text: 'coordination store in trouble',
        more: 'coordination store still in trouble',
        subject: () => ({}),
        fields: () => ({ err: loggedError(error) }),
      })
    },
    'rpc.ended'({ service, method, caller, outcome, duration, error }) {
      if (outcome === 'crashed') {
        logger.error({ service, method, caller, ...(error && { err: loggedError(error) }) }, 'call crashed')
        return
      }
      // Whoever made the call is told, and says so where it matters.
      if (outcome !== 'failed' && outcome !== 'timed_out') {
        if (logger.isLevelEnabled('debug')) {
          logger.debug({ service, method, caller, outcome, durationSeconds: duration }, 'call ended')
        }
        return
      }
      sayOften({
        key: `${service}.${method} call ${outcome}`,
        level: 'warn',
        every: MINUTE,
        text: `call ${outcome.replace('_', ' ')}`,
        more: `more calls ${outcome.replace('_', ' ')}`,
        subject: () => ({ service, method, outcome }),
        fields: () => ({ caller, durationSeconds: duration, ...(error && { err: loggedError(error) }) }),
      })
    },
    'circuit.changed'({ state, reason, ...entrypoint }) {
      logger[state === 'open' ? 'error' : 'info']({ ...entrypoint, state, reason }, 'circuit changed')
    },
    'thread.zombie': (event) => logger.error(event, 'thread was killed and has not exited: native code?'),
    'clock.jumped': ({ by, direction }) => logger.warn({ direction, bySeconds: by }, 'clock jumped'),
    'ledger.violated'({ entrypoint, detail }) {
      sayOften({
        key: `${entrypoint} ledger`,
        level: 'error',
        every: MINUTE,
        text: 'ledger does not close, please report this bug',
        more: 'ledger still does not close',
        subject: () => ({ entrypoint }),
        fields: () => ({ detail }),
      })
    },
    'listener.failed'({ event, error }) {
      sayOften({
        key: `${event} listener`,
        level: 'error',
        every: MINUTE,
        text: 'listener failed',
        more: 'listener failed again',
        subject: () => ({ event }),
        fields: () => ({ err: loggedError(toWireError(error)) }),
      })
    },
  }

  const names = Object.keys(listeners) as EventName[]
  const subscriptions = names.map((name) => events.on(name, listeners[name] as Listener<EventName>))
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
    repeats.flush()
  }
}

function entrypointFields({ entrypoint, service, method }: RunEnded | TickSkipped): Fields {
  return { entrypoint, service, method }
}

function runFields({ sequence, dueWall, attempt, lateness, duration, threadId, error }: RunEnded): Fields {
  return {
    tick: sequence,
    dueAt: isoTime(dueWall),
    attempt,
    ...(lateness !== undefined && { latenessSeconds: lateness }),
    ...(duration !== undefined && { durationSeconds: duration }),
    threadId,
    ...(error && { err: loggedError(error) }),
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}
