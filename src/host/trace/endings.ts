/** How attempts and calls are said to have ended, in diagnostics and in spans. */
import type { CallDiagnostic, RunDiagnostic } from '../../kernel/diagnostics.js'
import type { RunContext } from '../../kernel/run-context.js'
import { AbortedError } from '../../kernel/tick.js'
import {
  MethodNotFoundError,
  RpcTimeoutError,
  ServiceCrashedError,
  ServiceStoppingError,
  UnknownServiceError,
} from '../../rpc/errors.js'
import type { Ending } from './settle.js'

export type RunEnding = Required<Pick<RunDiagnostic, 'outcome'>> & Pick<RunDiagnostic, 'cause'>

/** An attempt that was aborted counts as that, however it ended: so does the main thread count it. */
export function runEnding(run: RunContext, ending: Ending): RunEnding {
  const isAborted = run.tick ? run.tick.aborted : run.signal.aborted
  if (!isAborted) return { outcome: 'error' in ending ? 'failed' : 'completed' }
  const reason: unknown = run.signal.reason
  const cause = reason instanceof AbortedError ? reason.because : 'manual'
  return { outcome: cause === 'timeout' ? 'timed_out' : 'aborted', cause }
}

/** The calling thread sees the error only; what it does not know is `failed`. */
export function callOutcome(ending: Ending): Required<CallDiagnostic>['outcome'] {
  if (!('error' in ending)) return 'completed'
  const { error } = ending
  if (error instanceof RpcTimeoutError) return 'timed_out'
  if (error instanceof ServiceCrashedError) return 'crashed'
  const isRefused = [UnknownServiceError, MethodNotFoundError, ServiceStoppingError].some((of) => error instanceof of)
  if (isRefused) return 'refused'
  // The reason of the signal that aborted the call, often an AbortError of the platform.
  if (error instanceof AbortedError || (error instanceof Error && error.name === 'AbortError')) return 'aborted'
  return 'failed'
}
