/** Log lines about the supervisor itself: start and stop, threads, clocks, the ledger, event listeners. */
import type { EngineEvents } from '../../kernel/events.js'
import { VERSION } from '../../kernel/version.js'
import { toWireError } from '../../kernel/wire-error/wire-error.js'
import { type Fields, isoTime, type LogTable } from './log-line.js'
import { loggedError } from './logged-error.js'

export const ENGINE_LINES: LogTable<
  | 'ready'
  | 'start.measured'
  | 'stopping'
  | 'stopped'
  | 'thread.started'
  | 'thread.exited'
  | 'thread.zombie'
  | 'thread.not_created'
  | 'standby.exited'
  | 'module.changed'
  | 'pause.changed'
  | 'pause.failed'
  | 'pause.saved'
  | 'command.done'
  | 'clock.jumped'
  | 'ledger.violated'
  | 'listener.failed'
> = {
  ready: [{ level: 'info', text: 'ready', fields: (event) => ({ ...event, version: VERSION, node: process.version }) }],
  'start.measured': [{ level: 'debug', text: 'start measured' }],
  stopping: [{ level: 'info', text: 'stopping' }],
  stopped: [
    {
      level: ({ killed }) => (killed.length > 0 ? 'warn' : 'info'),
      text: 'stopped',
    },
  ],
  'thread.started': [
    { when: ({ restarts }) => restarts > 0, level: 'info', text: 'thread restarted' },
    { level: 'debug', text: 'thread started' },
  ],
  'thread.exited': [
    { when: ({ reason }) => reason === 'stopped', level: 'debug', text: 'thread stopped', fields: exitFields },
    { when: ({ reason }) => reason === 'recycled', level: 'info', text: 'thread recycled', fields: exitFields },
    {
      level: 'error',
      text: 'thread died',
      fields: deathFields,
    },
  ],
  'thread.not_created': [
    {
      level: 'error',
      text: 'thread could not be created',
      fields: ({ error, retryIn, ...event }) => ({ ...event, retryInSeconds: retryIn, err: loggedError(error) }),
    },
  ],
  'module.changed': [
    {
      level: 'warn',
      text: 'module was edited while it runs: a thread has started with the new code, beside timers and threads of the old; restart to have one version',
    },
  ],
  'pause.saved': [{ level: 'debug', text: 'pauses saved' }],
  'pause.failed': [
    {
      level: 'warn',
      text: ({ entrypoints }) => (entrypoints.length > 0 ? 'pauses not saved' : 'pauses cannot be read'),
      fields: ({ error, ...event }) => ({ ...event, err: loggedError(error) }),
    },
  ],
  'pause.changed': [
    {
      when: ({ isKnown, isPaused }) => isPaused && !isKnown,
      level: 'info',
      text: 'a pause is kept for a timer that this instance does not have',
      fields: pauseFields,
    },
    { level: 'info', text: ({ isPaused }) => (isPaused ? 'timer paused' : 'timer resumed'), fields: pauseFields },
  ],
  'standby.exited': [
    {
      level: 'error',
      text: 'standby thread died',
      fields: ({ retryIn, ...event }) => ({ ...deathFields(event), retryInSeconds: retryIn }),
    },
  ],
  'thread.zombie': [
    {
      level: 'error',
      text: 'thread was killed but has not exited: it may be running native code',
    },
  ],
  'command.done': [
    {
      level: 'info',
      text: ({ action }) => (action === 'trigger' ? 'tick triggered' : 'runs aborted by hand'),
      fields: ({ by, reason, text }) => ({ by, ...(reason !== undefined && { reason }), result: text }),
      // A program may do it many times a second.
      repeats: {
        more: ({ action }) => (action === 'trigger' ? 'more ticks triggered' : 'more runs aborted by hand'),
        key: ({ action, entrypoint, by }) => `${action} ${entrypoint} ${by}`,
        subject: ({ entrypoint, service, method }) => ({ entrypoint, service, method }),
      },
    },
  ],
  'clock.jumped': [
    { level: 'warn', text: 'clock jumped', fields: ({ by, direction }) => ({ direction, bySeconds: by }) },
  ],
  'ledger.violated': [
    {
      level: 'error',
      text: 'ledger does not close, please report this bug',
      fields: ({ detail }) => ({ detail }),
      repeats: {
        more: 'ledger still does not close',
        key: ({ entrypoint }) => entrypoint,
        subject: ({ entrypoint }) => ({ entrypoint }),
      },
    },
  ],
  'listener.failed': [
    {
      level: 'error',
      text: 'listener failed',
      fields: ({ error }) => ({ err: loggedError(toWireError(error)) }),
      repeats: { more: 'listener failed again', key: ({ event }) => event, subject: ({ event }) => ({ event }) },
    },
  ],
}

function pauseFields({ entrypoint, at, by, reason, kept }: EngineEvents['pause.changed']): Fields {
  return { entrypoint, by, ...(reason !== undefined && { reason }), at: isoTime(at), kept }
}

function deathFields(event: EngineEvents['thread.exited']): Fields {
  return { ...exitFields(event), ...(event.error && { err: loggedError(event.error) }) }
}

function exitFields({ error, restartIn, ...event }: EngineEvents['thread.exited']): Fields {
  return { ...event, ...(restartIn !== undefined && { restartInSeconds: restartIn }) }
}
