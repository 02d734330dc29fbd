/** The connection to the main thread that a thread offers to the providers of this package. */
import type { Lease } from '../kernel/lease.js'
import type { MembersPort } from '../kernel/members.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { CallOptions } from '../kernel/rpc.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'

export interface HostPort {
  /** Identifies the thread: the same object in all ports of one thread. */
  readonly thread?: object
  /** Calls a method of a service; rejects with an RpcError, or with the reason of the signal that aborted the call. */
  call(service: string, method: string, args: readonly unknown[], options: CallOptions): Promise<unknown>
  askState(request: StateRequest): Promise<StateAnswer>
  sendMetrics(message: MetricMessage): void
  /** One of the leases that the description of the service names. */
  lease(name: string): Lease
  readonly members: MembersPort
}

/** The key of the {@link HostPort} in a provider's context. */
export const HOST: unique symbol = Symbol.for('escapement.host')
