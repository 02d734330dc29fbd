/**
 * What crosses the border between the main thread and a worker thread. Everything here survives structured cloning.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { RunReply } from '../kernel/link-protocol.js'
import type { DescribeReply, DescribeRequest, ReadConfigReply, ReadConfigRequest } from '../kernel/thread-questions.js'
import type { Micros } from '../kernel/time.js'
import { OUTCOMES } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'

export interface LogSetup {
  readonly level: string
  /** Log lines go to the admin thread, or to the main thread as {@link LogLines} for the logger of the embedding program. */
  readonly lines: 'admin_thread' | 'logger'
  /** Output of `console` goes to the admin thread, or where Node brings it. `admin_thread` if `lines` is. */
  readonly console: 'admin_thread' | 'node'
  /** The admin thread is told which run has written a line, and the errors of attempts. */
  readonly tellsRuns: boolean
}

/** What a thread is told of the other instances. */
export interface CoordinationSetup {
  /** Id of this process start among the members. */
  readonly self: string
  /** The leases of {@link memory}, by their numbers. */
  readonly leases: readonly string[]
  /** The services that inject `Members`: the validity of their lists follows the leases in {@link memory}. */
  readonly memberships: readonly string[]
  /** A {@link file://../coordinate/lease-block.ts LeaseBlock}. */
  readonly memory: SharedArrayBuffer
}

/** `workerData` of a thread that runs services. */
export interface HostSetup {
  readonly pool: string
  readonly slot: number
  readonly services: readonly ServiceDefinition[]
  readonly config: Readonly<Record<string, unknown>>
  readonly log: LogSetup
  readonly coordination: CoordinationSetup
  /** How long calls to other services may take, unless they say otherwise. */
  readonly rpcTimeout: Micros
  /** URLs of modules that are imported before those of the services, in this order. */
  readonly preload: readonly string[]
  /** Spans are made if an OpenTelemetry SDK is registered on the thread. */
  readonly makesSpans: boolean
  /** A {@link file://./thread-block.ts ThreadBlock}. */
  readonly block: SharedArrayBuffer
}

/** Import the modules and set up the dependencies. `link` carries what {@link file://../kernel/link-protocol.ts} lists. */
export interface PrepareRequest {
  readonly kind: 'prepare'
  readonly link: MessagePort
}

export interface StartFailure {
  readonly kind: 'start_failed'
  readonly service: string
  readonly step: string
  readonly error: WireError
}

export type PrepareReply = { readonly kind: 'prepared' } | StartFailure

/** What the start of all services of a thread took, one after another, preparation included. */
export interface StartSpans {
  /** The import of the modules, after that of our own code. */
  readonly imports: Micros
  /** `setup` and `start` of the dependencies. */
  readonly dependencies: Micros
  /** Constructors and `onStart`. */
  readonly onStart: Micros
}

/** Create the instances, start their dependencies, call `onStart`. */
export interface StartRequest {
  readonly kind: 'start'
}

export interface Started {
  readonly kind: 'started'
  readonly spans: StartSpans
}

export type StartReply = Started | StartFailure

/**
 * Call the method of a timer, or of several timers one after another: numbers of records of the
 * {@link file://./thread-block.ts ThreadBlock}, in which the particulars stand.
 */
export type RunRequest = number | readonly number[]

/**
 * How a run came out; `missed`: `startBy` had passed before it could begin; `cancelled`: by the main thread; `not_leader`: when the
 * method was to be called, the lease was over, or the lock of the ticket was about to end or had ended.
 */
export const RUN_ENDINGS = [...OUTCOMES, 'missed', 'cancelled', 'not_leader'] as const
export type RunEnding = (typeof RUN_ENDINGS)[number]

/** In a {@link BatchReply}: the reply to this run comes on the link, or has come there. */
export const ON_LINK = -1

/** The replies to runs that were handed over together, by their places in the request; none for those beyond its end. */
export type BatchReply = readonly RunReply[]

/** Aborts a run in flight: shared memory says so already, this request brings it to the signal of the run. */
export interface AbortRequest {
  readonly kind: 'abort'
  readonly record: number
}

export interface AbortReply {
  readonly kind: 'told'
}

/** Call `onStop`, then stop the dependencies in reverse order. */
export interface StopRequest {
  readonly kind: 'stop'
}

/** What `onStop` hooks and dependencies threw was logged by the thread; the stop went on regardless. */
export interface StopReply {
  readonly kind: 'stopped'
}

export type HostRequest = PrepareRequest | StartRequest | RunRequest | AbortRequest | StopRequest
export type HostReply = PrepareReply | StartReply | RunReply | BatchReply | AbortReply | StopReply

/** Every request that a thread of ours can be sent, whatever its entry point. */
export type ThreadRequest = HostRequest | DescribeRequest | ReadConfigRequest
export type ThreadReply = HostReply | DescribeReply | ReadConfigReply

/** Posted by a worker outside of any request: serialised log lines for the embedding program's logger. */
export interface LogLines {
  readonly kind: 'log'
  readonly lines: readonly string[]
  /** pino's number of the level of each line. */
  readonly levels: readonly number[]
}

export type WorkerMessage = LogLines
