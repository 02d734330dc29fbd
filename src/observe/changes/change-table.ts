/**
 * Which change an event of the engine is. Only events that are rare are here: none that comes with a tick, a run, a claim or a call.
 */
import type { EngineEvents, EventName, ThreadEvent } from '../../kernel/events.js'
import { formatSpan, type Millis, microsFromSeconds, type Seconds } from '../../kernel/time.js'
import { VERSION } from '../../kernel/version.js'
import { cutText } from '../../kernel/wire-error/cut-text.js'
import type { WireError } from '../../kernel/wire-error/wire-error.js'
import type { Change } from './change.js'

export interface MadeChange extends Omit<Change, 'at'> {
  /** Changes of one subject may come many times a minute: of them only some are told one by one. */
  readonly subject: string
  /** When it was done, if that may have been long before it was told. */
  readonly doneAt?: Millis
}

type ChangeTable = { readonly [Name in EventName]?: (event: EngineEvents[Name]) => MadeChange | undefined }

export const CHANGE_TABLE: ChangeTable = {
  ready: ({ services, timers }) => ({
    kind: 'started',
    level: 'ok',
    subject: 'process',
    text: `started: ${counted(services, 'service')}, ${counted(timers, 'timer')}, version ${VERSION} on Node ${process.version}`,
  }),
  stopping: ({ reason }) => ({ kind: 'stopping', level: 'ok', subject: 'process', text: `stopping: ${reason}` }),
  'thread.started'(event) {
    // The first start of each thread is part of `started`.
    if (event.restarts === 0) return undefined
    return { ...ofThread(event), level: 'ok', text: `${nameOf(event)} was started again` }
  },
  'thread.exited'(event) {
    const { reason, error, restartIn } = event
    if (reason === 'stopped') return undefined
    const level = reason === 'recycled' ? 'ok' : reason === 'killed' ? 'warning' : 'critical'
    const again = restartIn === undefined ? '' : `; another one starts in ${shown(restartIn)}`
    return { ...ofThread(event), level, text: `${nameOf(event)} ended (${reason})${because(error)}${again}` }
  },
  'thread.zombie': (event) => ({
    ...ofThread(event),
    level: 'critical',
    text: `${nameOf(event)} was killed and has not exited: it may be running native code`,
  }),
  'thread.not_created': (event) => ({
    ...ofThread(event),
    level: 'critical',
    text: `${nameOf(event)} could not be created${because(event.error)}`,
  }),
  'standby.exited': (event) => ({
    ...ofThread(event),
    level: 'warning',
    text: `the standby thread of ${event.services.join(', ')} ended (${event.reason})${because(event.error)}`,
  }),
  'circuit.changed': ({ entrypoint, service, state, reason }) => ({
    kind: 'circuit',
    level: state === 'open' ? 'critical' : state === 'half_open' ? 'warning' : 'ok',
    subject: entrypoint,
    entrypoint,
    service,
    text: `${entrypoint}: ${CIRCUIT_TEXTS[state]}${reason === 'quarantined' ? ' (quarantined after crashes)' : ''}`,
  }),
  'entrypoint.failing': ({ entrypoint, service, failures, state }) => ({
    kind: state,
    level: state === 'failing' ? 'critical' : 'ok',
    subject: entrypoint,
    entrypoint,
    service,
    text:
      state === 'failing'
        ? `${entrypoint} has failed ${failures} times in a row`
        : `${entrypoint} completed after ${counted(failures, 'failure')} in a row`,
  }),
  'lease.changed'({ lease, event, epoch, cause, error }) {
    if (event === 'renewed') return undefined
    const details = [...(event === 'acquired' ? [`epoch ${epoch}`] : []), ...(cause ? [cause] : [])].join(', ')
    return {
      kind: 'lease',
      level: event === 'acquired' || event === 'released' ? 'ok' : 'warning',
      subject: lease,
      lease: { name: lease, event },
      text: `lease ${lease}: ${event.replace('_', ' ')}${details && ` (${details})`}${because(error)}`,
    }
  },
  'members.changed': ({ service, members }) => ({
    kind: 'members',
    level: 'ok',
    subject: service,
    service,
    text: `${service} now runs in ${counted(members.length, 'instance')}`,
  }),
  'coordination.failed': ({ error }) => ({
    kind: 'coordination',
    level: 'warning',
    subject: 'store',
    text: `the coordination store does not work${because(error)}`,
  }),
  'queue.failed': ({ error }) => ({
    kind: 'queue',
    level: 'warning',
    subject: 'store',
    // It stands alone: it says what of the queue fails.
    text: cutText(error.message, MOST_TEXT),
  }),
  'ticket.discarded': ({ service, entrypoint, message }) => ({
    kind: 'queue',
    level: 'critical',
    subject: entrypoint ?? service,
    ...(entrypoint !== undefined && { entrypoint }),
    service,
    text: cutText(`a ticket was given up: ${message}`, MOST_TEXT),
  }),
  'ticket.stray': ({ service, entrypoint }) => ({
    kind: 'queue',
    level: 'warning',
    subject: entrypoint,
    service,
    text: `the queue handed out a ticket of ${entrypoint}, which this instance does not have; the ticket goes back`,
  }),
  'pause.changed': ({ entrypoint, isPaused, at, by, reason, kept }) => ({
    kind: 'pause',
    doneAt: at,
    level: isPaused ? 'warning' : 'ok',
    subject: entrypoint,
    entrypoint,
    by,
    text: `${by} ${isPaused ? 'paused' : 'resumed'} ${entrypoint}${FOR_WHOM[kept]}${reason === undefined ? '' : `: ${reason}`}`,
  }),
  'command.done': ({ action, entrypoint, service, by, reason, text }) => ({
    kind: action,
    level: 'ok',
    subject: entrypoint,
    entrypoint,
    service,
    by,
    text: `${by}: ${text}${reason === undefined ? '' : ` (${reason})`}`,
  }),
  'clock.jumped': ({ by, direction }) => ({
    kind: 'clock',
    level: 'warning',
    subject: 'clock',
    clock: { byMs: by * 1_000 },
    text: `the wall clock moved ${direction} by ${shown(Math.abs(by))}`,
  }),
  'module.changed': ({ file, services }) => ({
    kind: 'module',
    level: 'warning',
    subject: file,
    text: `${file} was edited while ${services.join(', ')} runs: threads that start from now on have the new code, others the old`,
  }),
  'ledger.violated': ({ entrypoint, detail }) => ({
    kind: 'ledger',
    level: 'critical',
    subject: entrypoint,
    entrypoint,
    text: `the ledger of ${entrypoint} does not close: ${detail}`,
  }),
}

const CIRCUIT_TEXTS = {
  open: 'the circuit opened, its ticks are skipped',
  half_open: 'the circuit lets one run through as a probe',
  closed: 'the circuit closed, it ticks again',
} as const

const FOR_WHOM = { deployment: ' in all instances', instance: '', process: '' } as const

/** Of the text of an error. Unit: characters. */
const MOST_TEXT = 300

function because(error: WireError | undefined): string {
  return error ? `: ${cutText(`${error.name}: ${error.message}`, MOST_TEXT)}` : ''
}

type AnyThread = Omit<ThreadEvent, 'threadId'>

function ofThread({ pool, slot, services }: AnyThread): Pick<MadeChange, 'kind' | 'subject' | 'service'> {
  const [only, ...others] = services
  return {
    kind: 'thread',
    subject: `${pool}/${slot}`,
    ...(only !== undefined && others.length === 0 && { service: only }),
  }
}

function nameOf({ services, slot }: AnyThread): string {
  return `thread ${slot} of ${services.join(', ')}`
}

function shown(span: Seconds): string {
  return formatSpan(Math.round(microsFromSeconds(span) / 1_000) * 1_000)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
