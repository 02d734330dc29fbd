/** The ports between the call router and the endpoints of calls: worker threads, and the main program. */
import type { CallMessage, CancelMessage, ReturnMessage } from './link-protocol.js'
import type { Micros } from './time.js'

/** One end of a call: a worker thread or the main program. */
export interface RpcEndpoint {
  /** True for the main program, which runs no service; false for a worker thread. */
  readonly isOutside: boolean
  /** Number of calls that this endpoint is serving; maintained by the router. */
  calls: number
  /** Sends a message to this endpoint, with its payload: the sender cannot read the payload afterwards. */
  post(message: CallMessage | CancelMessage | ReturnMessage): void
  /** True while the method of this call runs synchronously: it was entered and has not returned a value or a promise yet. */
  isInside(id: number): boolean
  /** Terminates the thread. */
  kill(): void
}

/** The threads of a service, as the target of calls. */
export interface RpcDestination {
  /** Returns the thread for a call that is delivered at `now`; undefined while no thread is up. */
  placeCall(now: Micros): RpcEndpoint | undefined
  /** True when no thread will come up again. */
  readonly isClosed: boolean
}
