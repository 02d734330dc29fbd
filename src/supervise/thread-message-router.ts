/** Routes messages from worker threads to RPC, state or metrics. */

import type { ToMain } from '../kernel/link-protocol.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import type { LinkHandler, ThreadLink } from '../pool/thread-link.js'
import type { RpcRouter } from '../rpc/router.js'

/** Stores the state of services; see state-store.ts. */
export interface StateKeeper {
  answer(service: string, request: StateRequest): StateAnswer | Promise<StateAnswer>
}

/** Collects the metrics of services, by thread. */
export interface MetricKeeper {
  take(thread: object, message: MetricMessage): void
  retire(thread: object): void
}

export interface ThreadMessageRouterOptions {
  readonly router: RpcRouter
  readonly state: StateKeeper
  readonly metrics: MetricKeeper
}

export class ThreadMessageRouter implements LinkHandler {
  readonly #options: ThreadMessageRouterOptions
  readonly #links = new Set<ThreadLink>()
  readonly #members = new Map<string, ServiceMembers>()

  constructor(options: ThreadMessageRouterOptions) {
    this.#options = options
  }

  /** Sends the members to all threads and to those that start later. */
  tellMembers(members: ServiceMembers): void {
    this.#members.set(members.service, members)
    for (const link of this.#links) link.post({ kind: 'members', ...members })
  }

  opened(link: ThreadLink): void {
    this.#links.add(link)
    for (const members of this.#members.values()) link.post({ kind: 'members', ...members })
  }

  take(link: ThreadLink, message: ToMain): void {
    const { router, state, metrics } = this.#options
    switch (message.kind) {
      case 'state':
        this.#answer(link, message.id, state.answer(message.service, message.request))
        break
      case 'metric':
        metrics.take(link, message.message)
        break
      default:
        router.receive(link, message)
    }
  }

  #answer(link: ThreadLink, id: number, answer: StateAnswer | Promise<StateAnswer>): void {
    if (answer instanceof Promise) void answer.then((later) => link.post({ kind: 'state', id, answer: later }))
    else link.post({ kind: 'state', id, answer })
  }

  ended(link: ThreadLink, error: WireError): void {
    this.#links.delete(link)
    this.#options.router.ended(link, error)
    this.#options.metrics.retire(link)
  }
}
