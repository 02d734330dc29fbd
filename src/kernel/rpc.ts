/** The data of a call from one service to another. All of it survives structured cloning. */
import type { Micros } from './time.js'
import type { WireError } from './wire-error/wire-error.js'

/** A value that is no larger than a reference to it. Texts have a limit, see rpc/payload.ts. */
export type Scalar = string | number | boolean | null | undefined

/** Arguments or a result: bytes that only the receiving thread reads, or a few scalars. See rpc/payload.ts. */
export type Payload = ArrayBuffer | Scalar | readonly Scalar[]

/** What a trace needs to go on in another thread, as headers of a request would carry it: `traceparent` and so on. */
export type TraceCarrier = Readonly<Record<string, string>>

export interface RpcCall {
  readonly service: string
  readonly method: string
  readonly args: Payload
  /** The caller stops waiting at this moment of the monotonic clock. */
  readonly deadline: Micros
  /** Ids of the runs that led to this call, oldest first; the last one is the caller's. */
  readonly callStack: readonly string[]
  /** Undefined where the calling thread makes no spans. */
  readonly trace?: TraceCarrier
}

/** How a call ended. */
export const RPC_OUTCOMES = [
  /** The method returned, or its promise resolved. */
  'completed',
  /** The method threw, or its promise rejected. */
  'failed',
  /** The caller's deadline passed. The method may still have done its work. */
  'timed_out',
  /** The caller no longer waits: its signal was aborted, or its thread ended. */
  'aborted',
  /** The method's thread ended during the call. The method may have done its work. */
  'crashed',
  /** The method was not called: the service or method does not exist, or the service is stopping. */
  'refused',
] as const
export type RpcOutcome = (typeof RPC_OUTCOMES)[number]

/** Why a call has no result. */
export type RpcFailure =
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'crashed'; readonly error: WireError }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'unknown_service'; readonly known: readonly string[] }
  | { readonly kind: 'unknown_method'; readonly known: readonly string[] }
  | { readonly kind: 'stopping' }

export type RpcReply = { readonly kind: 'completed'; readonly value: Payload } | RpcFailure

export function outcomeOf({ kind }: RpcReply): RpcOutcome {
  return kind === 'unknown_service' || kind === 'unknown_method' || kind === 'stopping' ? 'refused' : kind
}

/** Options of calls. */
export interface CallOptions {
  /** Seconds, or a duration such as `'500ms'`. Default: `escapement.rpc.timeout`, 10 s. A call never outlives the deadline of the call that made it. */
  readonly timeout?: number | string
  /** Aborts the call. The signal of the calling run always aborts it too. */
  readonly signal?: AbortSignal
}
