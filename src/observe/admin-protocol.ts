/** The messages between the main thread and the admin thread. */
import type { Catalogue } from '../counters/catalogue.js'
import type { ControlCommand, ControlResult } from '../kernel/control.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Health } from '../kernel/health.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { HeartbeatSettings, NotifySettings } from '../kernel/notices.js'
import type { OutputConnection } from '../kernel/output/output-protocol.js'
import type { PauseView } from '../kernel/pause.js'
import type { Millis } from '../kernel/time.js'
import type { ThreadView } from '../kernel/view.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import type { Change } from './changes/change.js'
import type { MainSample } from './main-sample.js'

/** `workerData` of the admin thread. */
export interface AdminSetup {
  /** Of its own log lines. */
  readonly logLevel: string
  /** An {@link file://../kernel/output/output-memory.ts OutputMemory}. */
  readonly outputMemory: SharedArrayBuffer
  /** {@link file://./admin-counts.ts AdminCounts}. */
  readonly counts: SharedArrayBuffer
  /** One Int32: 1 when the thread has written everything. The main thread may wait for it while its process exits. */
  readonly ended: SharedArrayBuffer
  /** Metrics and health will be served: what that takes is loaded at once. */
  readonly willServe: boolean
}

/** This process, as those who look at several of them tell them apart. */
export interface ProcessFacts {
  /** Id of this start of the process among the members of its deployment. */
  readonly instance: string
  readonly startedAt: Millis
  readonly pid: number
  /** Name of the machine. */
  readonly host: string
  /** Of Escapement. */
  readonly version: string
  /** Of Node.js: `v20.19.0`. */
  readonly node: string
}

/** What is served, and where: all that stays the same while the engine runs. */
export interface FixedServing {
  readonly host: string
  readonly port: number
  /** Needed to control, and to read: see `escapement.http`. */
  readonly token?: string | undefined
  readonly readToken?: string | undefined
  readonly allowedHosts: readonly string[]
  readonly catalogue: Catalogue
  /** The counters of the engine. */
  readonly memory: SharedArrayBuffer
  /** The recent ticks: a {@link file://../counters/tick-ring.ts TickRing}. */
  readonly recent: SharedArrayBuffer
  readonly services: readonly ServiceDefinition[]
  readonly process: ProcessFacts
  readonly processMetrics: boolean
  readonly notify?: NotifySettings | undefined
  readonly heartbeat?: HeartbeatSettings | undefined
}

/** What is to be served, as it is now. A second one replaces the first. */
export interface Serving extends FixedServing {
  /** The last ones, oldest first. Later ones follow as `change`. */
  readonly changes: readonly Change[]
  readonly pauses: readonly PauseView[]
}

/**
 * What the thread does when it has written everything. It stays when the process is about to be ended from any thread: such an end
 * beside the exit of a thread can crash the process.
 */
export type AfterEnd = 'exit' | 'stay'

/** From the main thread to the admin thread. */
export type ToAdmin =
  /** Another thread sends its output over this port, which is transferred. */
  | { readonly kind: 'output'; readonly connection: Omit<OutputConnection, 'memory'> }
  /** Listen, and answer with `listening` or `not_listening`. */
  | { readonly kind: 'serve'; readonly serving: Serving }
  /** A host thread registers metrics of its services. */
  | { readonly kind: 'metric'; readonly thread: number; readonly message: MetricMessage }
  /** The host thread has ended: its metrics do not change any more. */
  | { readonly kind: 'thread_ended'; readonly thread: number }
  /** Something has changed that changes rarely: nothing is sent for a tick or a run. */
  | { readonly kind: 'change'; readonly change: Change }
  /** All pauses, after one of them has begun or ended. */
  | { readonly kind: 'pauses'; readonly pauses: readonly PauseView[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: MainAnswer }
  /** Nothing more will be sent: write what there is, for at most so many milliseconds; then exit, or answer with `ended` and stay idle. */
  | { readonly kind: 'end'; readonly withinMs: number; readonly afterwards: AfterEnd }

/** From the admin thread to the main thread. */
export type FromAdmin =
  | { readonly kind: 'listening'; readonly port: number; readonly url: string }
  | { readonly kind: 'not_listening'; readonly error: WireError }
  /** Answer with `answer` under the same id. `sample`: also write the gauges that are only sampled into the counters. */
  | ({ readonly kind: 'question'; readonly id: number } & MainQuestion)
  /** Everything is written; the thread stays. */
  | { readonly kind: 'ended' }
  /** For the log of the supervisor. */
  | { readonly kind: 'problem'; readonly text: string; readonly error?: WireError }

export type MainQuestion =
  | { readonly about: 'health' | 'sample' | 'threads' }
  /** Carry out what somebody asks for. */
  | { readonly about: 'command'; readonly command: ControlCommand }

export type MainAnswer =
  | { readonly about: 'health'; readonly health: Health }
  | { readonly about: 'sample'; readonly sample: MainSample }
  | { readonly about: 'threads'; readonly threads: readonly ThreadView[] }
  | { readonly about: 'command'; readonly result: ControlResult }
