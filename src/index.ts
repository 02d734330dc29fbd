/** Escapement: the public API. */

export type { InjectDecorator, MethodEntrypointDecorator, ServiceDecorator } from './define/decorator-types.js'
export { cron, rpc, service, timer } from './define/decorators.js'
export {
  type DefinedService,
  defineService,
  type Injected,
  type OneOrMore,
  type ServiceBlueprint,
} from './define/define-service.js'
export { inject } from './define/inject.js'
export type { DurationInput } from './define/options/durations.js'
export { type Configurable, type FromConfig, fromConfig } from './define/options/from-config.js'
export type {
  CronOptions,
  EntrypointOptions,
  Interval,
  IntervalFunction,
  TimerOptions,
} from './define/options/option-types.js'
export type { BackoffOptions, BreakerOptions, RetryOptions, WindowOptions } from './define/options/policy-types.js'
export type { ServiceOptions, ThreadOptions } from './define/options/service-options.js'
export { Config } from './depend/config.js'
export { Lease } from './depend/lease.js'
export { Logger } from './depend/logger.js'
export { Members, type MembersClient } from './depend/members.js'
export type { CounterConfig, GaugeConfig, HistogramConfig, MetricConfig } from './depend/metric-config.js'
export type { Counter, Gauge, Histogram } from './depend/metric-kinds.js'
export type { LabelValue, LabelValues } from './depend/metric-labels.js'
export type { CounterSeries, GaugeSeries, HistogramSeries } from './depend/metric-series.js'
export { Metrics } from './depend/metrics.js'
export { DependencyProvider, type ProviderClass, type ProviderContext } from './depend/provider.js'
export { RpcProxy, rpcProxy } from './depend/rpc-proxy.js'
export { State, type StateClient } from './depend/state.js'
export type { TriggerResult } from './dispatch/admission.js'
export type { AbortResult } from './kernel/control.js'
export type {
  AdaptiveSchedule,
  AnchoredSchedule,
  Backoff,
  BreakerPolicy,
  CronSchedule,
  IntervalFacts,
  IntervalSchedule,
  LaneDefinition,
  ResourceLimits,
  RetryPolicy,
  RpcDefinition,
  Schedule,
  ScopedOption,
  ServiceDefinition,
  TimerDefinition,
  Window,
} from './kernel/definitions.js'
export type {
  CallDiagnostic,
  KillDiagnostic,
  RetryDiagnostic,
  RunDiagnostic,
  TickDiagnostic,
} from './kernel/diagnostics.js'
export {
  ConfigError,
  DefinitionError,
  EscapementError,
  StartError,
  StoppedError,
  UsageError,
} from './kernel/errors.js'
export type {
  ClaimEnded,
  CommandDone,
  EngineEvents,
  EntrypointEvent,
  EventName,
  LeaseChanged,
  Listener,
  RpcEnded,
  RunEnded,
  ThreadEndReason,
  ThreadEvent,
  TicketDiscarded,
  TickReturned,
  TickSkipped,
} from './kernel/events.js'
export type { Health, HealthProblem, HealthProblemKind } from './kernel/health.js'
export { LeaseLostError } from './kernel/lease.js'
export type { MemberView } from './kernel/members.js'
export type { PauseChanged, PauseKept, PauseOptions, PauseView } from './kernel/pause.js'
export type { CallOptions, RpcOutcome } from './kernel/rpc.js'
export { currentRun, type RunContext, type RunResult } from './kernel/run-context.js'
export type { StopOptions, StopReport } from './kernel/stop.js'
export { AbortedError, type Tick } from './kernel/tick.js'
export type { Micros, Millis, Seconds } from './kernel/time.js'
export type { LedgerCounts, ThreadState, ThreadView, TimerView } from './kernel/view.js'
export type {
  AbortCause,
  ClaimResult,
  DiscardReason,
  LeaseEvent,
  LossCause,
  MissedPolicy,
  Outcome,
  Overlap,
  ReturnReason,
  Scope,
  SkipReason,
  Weekday,
} from './kernel/vocabulary.js'
export type { WireError } from './kernel/wire-error/wire-error.js'
export {
  MethodNotFoundError,
  RemoteError,
  RpcError,
  RpcTimeoutError,
  ServiceCrashedError,
  ServiceStoppingError,
  UnknownServiceError,
} from './rpc/errors.js'
export { type Remote, withOptions } from './rpc/remote.js'
export { type Snapshot, Supervisor } from './supervisor.js'
export type {
  CoordinationOptions,
  CoordinationTiming,
  HeartbeatOptions,
  HttpOptions,
  LogOptions,
  MetricsOptions,
  NotifyOptions,
  QueueOptions,
  RpcOptions,
  ServiceOverrides,
  SettingsOptions,
  ShutdownOptions,
  StartupOptions,
  StateOptions,
  SupervisorConfig,
  SupervisorOptions,
  TimerDefaults,
  WithoutMarkers,
} from './supervisor-options.js'
