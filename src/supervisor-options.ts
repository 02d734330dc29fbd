/**
 * The options of `new Supervisor()`, written out for editors. `config/settings-schema.ts` checks the settings among them; a test
 * compares the two.
 */
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { DurationInput } from './define/options/durations.js'
import type { FromConfig } from './define/options/from-config.js'
import type { CronOptions, TimerOptions } from './define/options/option-types.js'
import type { ThreadOptions } from './define/options/service-options.js'

/** Options of `new Supervisor()`. */
export interface SupervisorOptions {
  /** Files that define services: paths (relative to the working directory) or `file:` URLs; .js .mjs .cjs .ts .mts .cts. */
  readonly modules: readonly (string | URL)[]
  /** The configuration, or the path of a file with it (YAML, JSON, JavaScript, TypeScript). Default: empty. */
  readonly config?: string | SupervisorConfig
  /** Where metrics and health are served; overrides `escapement.http`. `false` serves nothing. Default: 127.0.0.1:9464. */
  readonly http?: HttpOptions | false
  /** The store that the instances of a deployment share; overrides `escapement.coordination`. A text is the `url`. Default: `local`. */
  readonly coordination?: string | CoordinationOptions
  /** Your pino logger; log lines of the services go to it too, on the main thread. Default: JSON lines on standard output, written by a thread of its own. */
  readonly logger?: Logger
  /**
   * A prom-client registry to fill: its metrics are computed when you collect it, on your thread. `/metrics` is served from another
   * one. Default: none while metrics are served; with `http: false` one of its own, as `supervisor.registry`.
   */
  readonly registry?: Registry
  /** Also collect Node's own process metrics. Default: true. */
  readonly processMetrics?: boolean
}

/** A configuration: every key is for the services to read with `Config`, except `escapement`. */
export interface SupervisorConfig {
  /** Settings of the supervisor. */
  readonly escapement?: SettingsOptions
  readonly [key: string]: unknown
}

/** The value of the key `escapement` of a configuration. An unknown key is a ConfigError (`ERR_CONFIG_VALUE`). */
export interface SettingsOptions {
  /** Where metrics and health are served; `false` serves nothing. Default: 127.0.0.1:9464. */
  readonly http?: HttpOptions | false
  /** What the supervisor and the services log. */
  readonly log?: LogOptions
  /** The metrics of the supervisor. */
  readonly metrics?: MetricsOptions
  /**
   * Modules that every thread of a service imports before the services, in this order, such as one that starts an OpenTelemetry SDK.
   * Paths relative to the working directory; a missing file is a ConfigError (`ERR_CONFIG_VALUE`). Default: none.
   */
  readonly preload?: readonly string[]
  /** Make OpenTelemetry spans of runs and calls on threads where an SDK is registered. Default: true. */
  readonly traces?: boolean
  /** How services start. */
  readonly startup?: StartupOptions
  /** How services stop. */
  readonly shutdown?: ShutdownOptions
  /** Calls from service to service. */
  readonly rpc?: RpcOptions
  /** What services store with the dependency `State`, and pauses. */
  readonly state?: StateOptions
  /** The store that the instances of a deployment share. A text is the `url`. Default: `local`, this process alone. */
  readonly coordination?: string | CoordinationOptions
  /** The store that keeps the ticks of scope `queue`, and what this instance does with them. */
  readonly queue?: QueueOptions
  /** Who is told of jobs that fail, are overdue or are killed. Default: nobody. Needs `http`. */
  readonly notify?: NotifyOptions
  /** Who is told regularly that all is well. Default: nobody. Needs `http`. */
  readonly heartbeat?: HeartbeatOptions
  /** Options of every timer that does not set them itself. */
  readonly defaults?: TimerDefaults
  /** Options of single services, by name. They override what the service says of itself. */
  readonly services?: Readonly<Record<string, ServiceOverrides>>
}

/** The HTTP server of `/metrics`, `/healthz`, `/readyz`, `/api` and the dashboard. */
export interface HttpOptions {
  /** Address to listen on; `0.0.0.0` for all addresses of the machine. Default: `127.0.0.1`. */
  readonly host?: string
  /** Port to listen on. Range: 0 (a free one) to 65535. Default: 9464. */
  readonly port?: number
  /**
   * Whoever sends it as bearer token may trigger, pause, resume and abort. At least 16 letters, digits, `-`, `.`, `_`, `~`, `+` or `/`.
   * Empty or null: none. Default: none, and nobody may.
   */
  readonly token?: string | null
  /**
   * Everything but `/healthz` and `/readyz` needs it, or `token`, as bearer token, also `/metrics`. At least 16 characters as for `token`, and
   * not the same. Default: none, everybody who reaches the address may read.
   */
  readonly readToken?: string
  /**
   * Names by which the server may be called, for example behind a proxy. On a loopback address, or when this is given, a request that
   * calls it by another name is refused, except `localhost` and addresses. Default: none.
   */
  readonly allowedHosts?: string[]
}

export interface LogOptions {
  /** The lowest level that is logged; `silent` logs nothing. Default: `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

export interface MetricsOptions {
  /**
   * With `service`, histograms and the counters by reason, outcome, cause or result have no label `method`: one series for all
   * methods of a service. Default: `method`.
   */
  readonly detail?: 'method' | 'service'
}

export interface StartupOptions {
  /**
   * How long import, dependencies and `onStart` of a service may take together. A service that takes longer is a StartError.
   * Unit: seconds. Range: above 0, up to 400 days. Default: 30 s.
   */
  readonly deadline?: DurationInput
}

export interface ShutdownOptions {
  /** How long runs may go on after a stop was requested; then they are aborted. Unit: seconds. Range: 0 to 400 days. Default: 10 s. */
  readonly drain?: DurationInput
}

export interface RpcOptions {
  /** How long a call may take, unless the call sets its own timeout. Unit: seconds. Range: above 0, up to 400 days. Default: 10 s. */
  readonly timeout?: DurationInput
}

export interface StateOptions {
  /**
   * File in which the state of the services, and pauses, survive the process. Empty or null: none. Default: none, memory only.
   */
  readonly file?: string | null
  /** How much one service may store. Unit: bytes. Range: 1 or more. Default: 1048576 (1 MiB). */
  readonly maxBytes?: number
}

/** One signed POST with JSON for each change of state: docs/operating.md, "Notifications". */
export interface NotifyOptions {
  /** Where notifications are sent: a URL that begins with `https://` or `http://`. */
  readonly url: string
  /** Signs the notifications (HMAC-SHA256). At least 16 characters. */
  readonly secret: string
  /** Which changes are told. Default: all. */
  readonly on?: ('failing' | 'overdue' | 'killed' | 'quarantined' | 'circuit_open' | 'ledger' | 'recovered')[]
}

/** A sign of life for a dead-man's switch outside. */
export interface HeartbeatOptions {
  /** What is asked with GET for as long as all is well: a URL that begins with `https://` or `http://`. */
  readonly url: string
  /** Time between two heartbeats. Unit: seconds. Range: above 0, up to 400 days. Default: 1 min. */
  readonly every?: DurationInput
}

/** The store that the instances of a deployment share, and how fast they notice that one of them is lost. */
export interface CoordinationOptions {
  /**
   * `local` (this process alone), or a URL that begins with `redis://`, `rediss://`, `unix://`, `postgres://`, `postgresql://`, `etcd://` or
   * `etcds://`. Default: `local`.
   */
  readonly url?: string
  /**
   * Keeps deployments that share a store apart; the same for every process of one. Range: 1 to 48 letters, digits, `_`, `.` or
   * `-`, beginning with a letter, a digit or `_`. Default: `escapement`.
   */
  readonly namespace?: string
  /**
   * Lead on a Redis server that may delete keys when its memory is full (a `maxmemory-policy` other than `noeviction`). Leases
   * and claims may then be lost, so that two processes run the same work. Default: false, nobody leads on such a server.
   */
  readonly acceptEviction?: boolean
  /**
   * `normal` (ttl 15 s, renewDeadline 8 s, retry 2 s), `fast` (5 s, 2.5 s, 0.5 s) or times of your own, for which
   * ttl > renewDeadline > retry must hold. Default: `normal`.
   */
  readonly profile?: 'normal' | 'fast' | CoordinationTiming
}

/** The times of a lease. */
export interface CoordinationTiming {
  /** How long the store keeps a lease after each renewal. Unit: seconds. Range: above 0, up to 400 days. Default: 15 s. */
  readonly ttl?: DurationInput
  /**
   * A holder that could not renew for this long stops what runs under the lease. Between it and `ttl` there must be time to abort a
   * run and to kill its thread. Unit: seconds. Range: above 0, up to 400 days. Default: 8 s.
   */
  readonly renewDeadline?: DurationInput
  /** The time between two renewals, and the limit of one request to the store. Unit: seconds. Range: above 0, up to 400 days. Default: 2 s. */
  readonly retry?: DurationInput
}

/** What an instance does with the ticks of scope `queue`. */
export interface QueueOptions {
  /**
   * The store that keeps the tickets: a URL that begins with `redis://`, `rediss://`, `unix://`, `postgres://` or `postgresql://`. Empty or
   * null: none. Default: the store of `coordination`, when that is a Redis or Postgres server.
   */
  readonly url?: string | null
  /** Whether this instance hands ticks over to the queue while it holds the lease of their service. Default: true. */
  readonly offer?: boolean
  /** Whether this instance takes tickets and runs them. `offer` and `take` must not both be false. Default: true. */
  readonly take?: boolean
  /**
   * What happens to a ticket whose instance has died or was frozen: another instance runs it again (`at-least-once`), or none does
   * (`at-most-once`). Default: `at-least-once`.
   */
  readonly delivery?: 'at-least-once' | 'at-most-once'
  /**
   * How long a ticket stays with an instance that does not renew it; then another one takes it. Unit: seconds. Range: 1 s to 1 h.
   * Default: the `ttl` of `coordination`.
   */
  readonly lock?: DurationInput
  /**
   * How long the store remembers tickets that have ended, so that the same tick is not run again. Unit: seconds. Range: 1 min to 400
   * days. Default: 1 h.
   */
  readonly retain?: DurationInput
}

/** The options of timers that a configuration may set for all of them: every option except functions. */
export type TimerDefaults = WithoutMarkers<Omit<TimerOptions & CronOptions, 'when' | 'from' | 'name'>>

/** The options of a service that a configuration may override. */
export type ServiceOverrides = WithoutMarkers<ThreadOptions>

/** Options as a configuration holds them: with values where a decorator may have `fromConfig()`. */
export type WithoutMarkers<Value> = Value extends FromConfig
  ? never
  : Value extends string | number | boolean | readonly unknown[]
    ? Value
    : { readonly [Key in keyof Value]: WithoutMarkers<Value[Key]> }
