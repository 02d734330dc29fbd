/**
 * What passes between the main thread and a worker thread beside the requests of Piscina, on a port of its own: calls from
 * service to service, and what providers ask of the main thread. Ids are the sender's.
 */
import type { MemberView } from './members.js'
import type { MetricMessage } from './metric-message.js'
import type { RpcCall, RpcReply } from './rpc.js'
import type { StateAnswer, StateRequest } from './state-message.js'

/** From either side: call this method; the other side answers with {@link Returned} under the same id. */
export interface Calling {
  readonly kind: 'call'
  readonly id: number
  readonly call: RpcCall
}

/** From either side: the caller does not wait for this call any more. */
export interface Cancelling {
  readonly kind: 'cancel'
  readonly id: number
  readonly because: 'timed_out' | 'aborted'
}

export interface Returned {
  readonly kind: 'return'
  readonly id: number
  readonly reply: RpcReply
}

export type ToMain =
  | Calling
  | Cancelling
  | Returned
  | { readonly kind: 'state'; readonly id: number; readonly service: string; readonly request: StateRequest }
  | { readonly kind: 'metric'; readonly message: MetricMessage }

/** Who the members of the deployment are now. */
export interface MembersChanged {
  readonly kind: 'members'
  readonly members: readonly MemberView[]
}

export type ToThread =
  | MembersChanged
  | Calling
  | Cancelling
  | Returned
  | { readonly kind: 'state'; readonly id: number; readonly answer: StateAnswer }
