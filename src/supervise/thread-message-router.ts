/** Routes messages from worker threads to RPC, state or metrics. */

import type { ServiceMessage } from '../kernel/link-protocol.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { OutputConnection } from '../kernel/output/output-protocol.js'
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

/** Connects threads to the admin thread; see admin/admin-thread.ts. */
export interface OutputKeeper {
  /** Connects a sender now and whenever it needs a new connection. The result ends that. */
  addSender(connect: (connection: OutputConnection) => void): () => void
}

export interface ThreadMessageRouterOptions {
  readonly router: RpcRouter
  readonly state: StateKeeper
  readonly metrics: MetricKeeper
  /** Undefined when there is no admin thread. */
  readonly output: OutputKeeper | undefined
}

export class ThreadMessageRouter implements LinkHandler {
  readonly #options: ThreadMessageRouterOptions
  /** The links of running threads, and what ends their connection to the admin thread. */
  readonly #links = new Map<ThreadLink, () => void>()
  readonly #members = new Map<string, ServiceMembers>()

  constructor(options: ThreadMessageRouterOptions) {
    this.#options = options
  }

  /** Sends the members to all threads and to those that start later. */
  tellMembers(members: ServiceMembers): void {
    this.#members.set(members.service, members)
    for (const link of this.#links.keys()) link.post({ kind: 'members', ...members })
  }

  opened(link: ThreadLink): void {
    const { output } = this.#options
    const disconnect = output?.addSender((connection) => link.post({ kind: 'output', connection }))
    this.#links.set(link, disconnect ?? (() => {}))
    for (const members of this.#members.values()) link.post({ kind: 'members', ...members })
  }

  take(link: ThreadLink, message: ServiceMessage): void {
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
    this.#links.get(link)?.()
    this.#links.delete(link)
    this.#options.router.ended(link, error)
    this.#options.metrics.retire(link)
  }
}
