/** What `escapement/testing` exports. Nothing here uses globals of a test runner. */
export { EntrypointTimeoutError, entrypointHook, type HookOptions } from './entrypoint-hook.js'
export { type EntrypointWaiter, entrypointWaiter, type WaiterOptions } from './entrypoint-waiter.js'
export { createHarness, type Harness, type HarnessOptions, type HarnessService, type LogRecord } from './harness.js'
export { replaceDependencies, restrictEntrypoints } from './replace.js'
export { answer, callsOf, type StubCall, stub } from './stub.js'
export type { TickRecord } from './tick-record.js'
export { VirtualClock } from './virtual-clock.js'
export { workerFactory } from './worker-factory.js'
