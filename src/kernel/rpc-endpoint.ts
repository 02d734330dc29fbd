/** The ports between the call router and what makes or takes calls: threads of services, and the main program. */
import type { Calling, Cancelling, Returned } from './link-protocol.js'
import type { Micros } from './time.js'

/** A thread, or the main program, as one end of calls. */
export interface RpcEndpoint {
  /** It is no thread of a service: it calls on behalf of the program that runs the supervisor. */
  readonly isOutside: boolean
  /** Calls it is serving; maintained by the router. */
  calls: number
  /** Sends it a message; throws when the message cannot be cloned. */
  post(message: Calling | Cancelling | Returned): void
  /** The call with this id is on the processor now: its method was entered and has not even returned a promise. */
  isInside(id: number): boolean
  kill(): void
}

/** Where calls of a service go. */
export interface RpcDestination {
  /** The thread for a call that is delivered at `now`; undefined while none is up. */
  placeCall(now: Micros): RpcEndpoint | undefined
  /** No thread will come up any more. */
  readonly isClosed: boolean
}
