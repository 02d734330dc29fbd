/** What a call of one service to another consists of, wherever it passes. Everything here survives structured cloning. */
import type { Micros } from './time.js'
import type { WireError } from './wire-error.js'

export interface RpcCall {
  readonly service: string
  readonly method: string
  readonly args: readonly unknown[]
  /** The caller stops waiting at this moment of the monotonic clock. */
  readonly deadline: Micros
  /** Ids of the calls that led to this one, the caller's own last. */
  readonly callStack: readonly string[]
}

/** How a call ended. */
export const RPC_OUTCOMES = [
  /** The method returned, or its promise resolved. */
  'completed',
  /** The method threw, or its promise rejected. */
  'failed',
  /** The caller's deadline passed first; the method may still have done its work. */
  'timed_out',
  /** The caller did not want it any more: its signal was aborted, or its thread ended. */
  'aborted',
  /** The thread of the method ended underneath it; the method may have done its work. */
  'crashed',
  /** The method was not called: no such service or method, arguments that cannot be sent, or the service is stopping. */
  'refused',
] as const
export type RpcOutcome = (typeof RPC_OUTCOMES)[number]

/** Why there is no result. */
export type RpcFailure =
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'crashed'; readonly error: WireError }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'unknown_service'; readonly known: readonly string[] }
  | { readonly kind: 'unknown_method'; readonly known: readonly string[] }
  | { readonly kind: 'stopping' }

export type RpcReply = { readonly kind: 'completed'; readonly value: unknown } | RpcFailure

export function outcomeOf({ kind }: RpcReply): RpcOutcome {
  return kind === 'unknown_service' || kind === 'unknown_method' || kind === 'stopping' ? 'refused' : kind
}

/** How calls are made, unless a call says otherwise. */
export interface CallOptions {
  /** Seconds, or a duration such as `'500ms'`. Default: `escapement.rpc.timeout`, 10 s. A caller's own deadline is never outlived. */
  readonly timeout?: number | string
  /** Aborts the call. The signal of the run that makes the call does so in any case. */
  readonly signal?: AbortSignal
}
