/** What a thread offers to the providers that come with this package: the ways to the main thread. */
import type { Lease } from '../kernel/lease.js'
import type { MembersPort } from '../kernel/members.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { CallOptions } from '../kernel/rpc.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'

export interface HostPort {
  /** What all ports of one thread have in common. */
  readonly thread?: object
  /** Calls a method of a service; rejects with an RpcError, or with the reason of the signal that aborted the call. */
  call(service: string, method: string, args: readonly unknown[], options: CallOptions): Promise<unknown>
  askState(request: StateRequest): Promise<StateAnswer>
  tellMetrics(message: MetricMessage): void
  /** One of the leases that the service was described with. */
  lease(name: string): Lease
  readonly members: MembersPort
}

/** Where a provider finds it in its context. */
export const HOST: unique symbol = Symbol.for('escapement.host')
