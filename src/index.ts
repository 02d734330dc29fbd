/** Escapement: the public API. */

export { cron, rpc, service, timer } from './define/decorators.js'
export { type DefinedService, defineService } from './define/define-service.js'
export { inject } from './define/inject.js'
export { fromConfig } from './define/options/from-config.js'
export type { CronOptions, Interval, TimerOptions } from './define/options/option-types.js'
export type { ServiceOptions } from './define/options/service-options.js'
export { Config } from './depend/config.js'
export { Lease } from './depend/lease.js'
export { Logger } from './depend/logger.js'
export { Members } from './depend/members.js'
export type { Counter, Gauge, Histogram } from './depend/metric-kinds.js'
export { Metrics } from './depend/metrics.js'
export { DependencyProvider, type ProviderContext } from './depend/provider.js'
export { RpcProxy, rpcProxy } from './depend/rpc-proxy.js'
export { State } from './depend/state.js'
export type { IntervalFacts, ServiceDefinition } from './kernel/definitions.js'
export { ConfigError, DefinitionError, EscapementError, StartError, UsageError } from './kernel/errors.js'
export type { EngineEvents, RpcEnded, RunEnded, ThreadEvent, TickSkipped } from './kernel/events.js'
export { LeaseLostError } from './kernel/lease.js'
export type { MemberView } from './kernel/members.js'
export type { CallOptions, RpcOutcome } from './kernel/rpc.js'
export { currentRun, type RunContext, type RunResult } from './kernel/run-context.js'
export { AbortedError, type Tick } from './kernel/tick.js'
export type { Health, LedgerCounts, ThreadView, TimerView } from './kernel/view.js'
export type { AbortCause, MissedPolicy, Outcome, Overlap, SkipReason } from './kernel/vocabulary.js'
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
export { type Snapshot, Supervisor, type SupervisorOptions } from './supervisor.js'
