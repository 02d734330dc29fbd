/** Log lines about ticks, runs, calls and circuits. */
import type { EntrypointEvent, RunEnded, TickReturned } from '../../kernel/events.js'
import type { Micros } from '../../kernel/time.js'
import type { Outcome, SkipReason } from '../../kernel/vocabulary.js'
import { type Fields, HOUR, isoTime, type Level, type LogTable, MINUTE } from './log-line.js'
import { loggedError } from './logged-error.js'

const RUN_ENDED: Readonly<Record<Outcome, readonly [Level, string]>> = {
  completed: ['debug', 'run completed'],
  failed: ['error', 'run failed'],
  timed_out: ['error', 'run timed out'],
  aborted: ['info', 'run aborted'],
  crashed: ['error', 'run crashed'],
  declined: ['debug', 'run declined'],
}

const UNINTENDED = { level: 'warn', every: MINUTE } as const
const INTENDED = { level: 'info', every: HOUR } as const

/** Skips that an operator should look at are warnings, summarized each minute; the others each hour. */
const SKIP_NOTICES: Readonly<Record<SkipReason, { readonly level: Level; readonly every: Micros }>> = {
  running: UNINTENDED,
  missed: UNINTENDED,
  saturated: UNINTENDED,
  superseded: UNINTENDED,
  circuit_open: UNINTENDED,
  quarantined: UNINTENDED,
  claim_unknown: UNINTENDED,
  claim_refused: UNINTENDED,
  paused: INTENDED,
  outside_window: INTENDED,
  not_leader: INTENDED,
  claimed_elsewhere: INTENDED,
  stopping: INTENDED,
}

export const RUN_LINES: LogTable<
  | 'run.ended'
  | 'tick.skipped'
  | 'tick.handed_over'
  | 'tick.returned'
  | 'run.aborting'
  | 'run.cut_off'
  | 'run.retrying'
  | 'run.overlong'
  | 'rpc.ended'
  | 'circuit.changed'
  | 'entrypoint.failing'
> = {
  'run.ended': [
    {
      when: ({ outcome }) => outcome === 'aborted',
      level: RUN_ENDED.aborted[0],
      text: RUN_ENDED.aborted[1],
      fields: runFields,
      repeats: { more: 'more runs aborted', key: ({ entrypoint }) => entrypoint, subject: entrypointFields },
    },
    {
      level: ({ outcome }) => RUN_ENDED[outcome][0],
      text: ({ outcome }) => RUN_ENDED[outcome][1],
      fields: (run) => ({ ...entrypointFields(run), ...runFields(run) }),
    },
  ],
  'tick.skipped': [
    {
      level: ({ reason }) => SKIP_NOTICES[reason].level,
      text: 'tick skipped',
      fields: ({ count, sequence, dueWall }) => ({ count, tick: sequence, dueAt: isoTime(dueWall) }),
      repeats: {
        more: 'more ticks skipped',
        key: ({ entrypoint, reason }) => `${entrypoint} ${reason}`,
        every: ({ reason }) => SKIP_NOTICES[reason].every,
        count: ({ count }) => count,
        subject: (skipped) => ({ ...entrypointFields(skipped), reason: skipped.reason }),
      },
    },
  ],
  // As many as ticks, and each says the same.
  'tick.handed_over': [],
  'tick.returned': [
    {
      when: ({ reason }) => reason === 'retry',
      level: 'warn',
      text: 'attempt failed, the queue hands the ticket out again',
      fields: returnedFields,
    },
    {
      level: ({ reason }) => (reason === 'stopping' ? 'info' : 'warn'),
      text: 'ticket goes back to the queue',
      fields: returnedFields,
      repeats: {
        more: 'more tickets go back to the queue',
        key: ({ entrypoint, reason }) => `${entrypoint} ${reason}`,
        subject: (returned) => ({ ...entrypointFields(returned), reason: returned.reason }),
      },
    },
  ],
  'run.aborting': [
    {
      level: 'warn',
      text: 'aborting run',
      fields: ({ sequence }) => ({ tick: sequence }),
      repeats: {
        more: 'aborting more runs',
        key: ({ entrypoint, cause }) => `${entrypoint} ${cause}`,
        subject: ({ sequence, ...subject }) => subject,
      },
    },
  ],
  // The line of the end of the run has the error.
  'run.cut_off': [],
  'run.retrying': [
    {
      level: 'warn',
      text: 'attempt failed, trying again',
      fields: ({ sequence, error, ...run }) => ({
        ...run,
        tick: sequence,
        ...(error && { err: loggedError(error) }),
      }),
    },
  ],
  'run.overlong': [
    {
      level: 'warn',
      text: 'long run without a timeout',
      fields: ({ sequence, ...run }) => ({ ...run, tick: sequence }),
    },
  ],
  'rpc.ended': [
    {
      when: ({ outcome }) => outcome === 'crashed',
      level: 'error',
      text: 'call crashed',
      fields: ({ service, method, caller, error }) => ({
        service,
        method,
        caller,
        ...(error && { err: loggedError(error) }),
      }),
    },
    {
      when: ({ outcome }) => outcome === 'failed' || outcome === 'timed_out',
      level: 'warn',
      text: ({ outcome }) => `call ${outcome.replace('_', ' ')}`,
      fields: ({ caller, duration, error }) => ({
        caller,
        durationSeconds: duration,
        ...(error && { err: loggedError(error) }),
      }),
      repeats: {
        more: ({ outcome }) => `more calls ${outcome.replace('_', ' ')}`,
        key: ({ service, method, outcome }) => `${service}.${method} ${outcome}`,
        subject: ({ service, method, outcome }) => ({ service, method, outcome }),
      },
    },
    {
      // The caller receives the other outcomes as errors and logs them where they matter.
      level: 'debug',
      text: 'call ended',
      fields: ({ service, method, caller, outcome, duration }) => ({
        service,
        method,
        caller,
        outcome,
        durationSeconds: duration,
      }),
    },
  ],
  'circuit.changed': [
    {
      level: ({ state }) => (state === 'open' ? 'error' : 'info'),
      text: 'circuit changed',
    },
  ],
  'entrypoint.failing': [
    {
      level: ({ state }) => (state === 'failing' ? 'error' : 'info'),
      text: ({ state }) => (state === 'failing' ? 'entrypoint keeps failing' : 'entrypoint recovered'),
    },
  ],
}

function entrypointFields({ entrypoint, service, method }: EntrypointEvent): Fields {
  return { entrypoint, service, method }
}

function returnedFields({ sequence, dueWall, attempt, delivery, error, ...about }: TickReturned): Fields {
  return {
    ...about,
    tick: sequence,
    dueAt: isoTime(dueWall),
    attempt,
    delivery,
    ...(error && { err: loggedError(error) }),
  }
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
