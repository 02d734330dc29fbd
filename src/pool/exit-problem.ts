/** Why a thread ended, in words: for the log, for events and for health. */
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import type { StartError } from '../kernel/errors.js'
import { toWireError } from '../kernel/wire-error.js'
import type { ThreadExit } from './worker-thread.js'

/** The method that was entered last on a thread: that of a timer, or of a call. */
export type LastEntered = PoolTimerIndex | 'call' | 'nothing'

/** Says that a thread hangs, and which method was entered last: it may have left behind what keeps the thread. */
export function hangProblem(services: readonly ServiceDefinition[], last: LastEntered): string {
  const hangs = 'the thread hung outside of any run'
  if (last === 'nothing') return `${hangs}: no method had been entered on it`
  if (last === 'call') return `${hangs}; the last method entered on it was that of a call`
  const timer = services.flatMap(({ timers }) => timers)[last]
  return `${hangs}; the last method entered on it was ${timer?.id ?? 'unknown'}: does it leave a timer or a callback behind that loops?`
}

/** Adds why we ended the thread, where the thread could not say so itself. `failure`: why its services have not started. */
export function explainExit(exit: ThreadExit, failure: StartError | undefined, hang: () => string): ThreadExit {
  if (exit.error) return exit
  if (exit.reason === 'start_failed' && failure) return { ...exit, error: toWireError(failure) }
  return exit.reason === 'hung' ? { ...exit, error: { name: 'ThreadHungError', message: hang() } } : exit
}

export function exitProblem({ reason, exitCode, error }: ThreadExit): string {
  return error?.message ?? `the thread ended (${reason}, exit code ${exitCode})`
}
