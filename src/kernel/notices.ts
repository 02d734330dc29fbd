/** What is told to the receiver of notifications (`escapement.notify`), and the settings of notifications and heartbeats. */
import type { Micros, Millis } from './time.js'

export const NOTICE_KINDS = [
  /** Five runs of a method in a row failed, timed out or crashed. */
  'failing',
  /** No run of a timer completed for longer than its interval, its time-out and a minute. */
  'overdue',
  /** Threads of a service were killed: a run did not end in time, or something kept the thread outside of any run. */
  'killed',
  /** A method crashed its thread three times within a minute: its ticks are skipped for a while. */
  'quarantined',
  /** The breaker of a method opened: its ticks are skipped for a while. */
  'circuit_open',
  /** A ledger does not close, which is a bug in escapement. */
  'ledger',
  /** What `failing`, `overdue`, `quarantined` or `circuit_open` told of is over. */
  'recovered',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** One change of state. */
export interface Notice {
  readonly kind: NoticeKind
  /** Equal for a change for the worse and for the `recovered` that ends it: `overdue:mail.send`. */
  readonly incident: string
  /** `service.method`, or `service.method#name`; absent when it is about a service or the process. */
  readonly entrypoint?: string
  readonly service?: string
  /** A sentence that stands alone. */
  readonly text: string
  readonly at: Millis
  /** Since when; absent when it is not known, or was at once. */
  readonly since?: Millis
}

export interface NotifySettings {
  readonly url: string
  readonly secret: string
  readonly on: readonly NoticeKind[]
}

export interface HeartbeatSettings {
  readonly url: string
  readonly every: Micros
}

/** What became of notifications, as `escapement_notifications_total{result}` counts them. */
export const NOTIFICATION_RESULTS = [
  /** The receiver answered with 2xx. */
  'sent',
  /** A request failed, and another one followed. */
  'retried',
  /** The receiver refused the notification with 4xx. */
  'refused',
  /** The oldest one was dropped, because too many waited for the receiver. */
  'dropped',
  /** It still waited for the receiver when the process ended. */
  'lost',
] as const
export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number]

/** As `escapement_heartbeats_total{result}` counts them. */
export const HEARTBEAT_RESULTS = [
  'sent',
  /** The request failed. */
  'failed',
  /** It was not sent, because the main thread does not answer or something critical is wrong. */
  'withheld',
] as const
export type HeartbeatResult = (typeof HEARTBEAT_RESULTS)[number]
