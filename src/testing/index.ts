/** The exports of `escapement/testing`. They work with every test runner, because they use no globals of one. */

export type { Clock } from '../kernel/clock.js'
export { EntrypointTimeoutError, entrypointHook, type HookOptions } from './entrypoint-hook.js'
export { type EntrypointWaiter, entrypointWaiter, type WaiterOptions } from './entrypoint-waiter.js'
export { createHarness, type Harness, type LogRecord } from './harness.js'
export type { HarnessOptions, HarnessService } from './harness-options.js'
export { replaceDependencies, restrictEntrypoints } from './replace.js'
export { answer, callsOf, type StubCall, stub } from './stub.js'
export type { TickRecord } from './tick-record.js'
export { VirtualClock } from './virtual-clock.js'
export { workerFactory } from './worker-factory.js'
