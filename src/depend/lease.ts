import type { Lease as HeldLease } from '../kernel/lease.js'
import { HOST } from './host-port.js'
import { DependencyProvider } from './provider.js'

/**
 * A lease that at most one instance of the deployment holds at a time.
 *
 *     @inject(Lease) lease!: Lease                  // the one that the service's own `scope: 'leader'` timers run under
 *     @inject(Lease, 'cleanup_task') lease!: Lease  // another one, by its name
 *     ...
 *     if (!this.lease.isHeld) return
 *     await db.query('UPDATE ... WHERE fence <= $1', [this.lease.fencingToken])
 *
 * Every instance whose services ask for a lease takes part in the contest for it. Nothing is aborted when a lease that is
 * only injected is lost: ask it, or use `scope: 'leader'`.
 */
export class LeaseProvider extends DependencyProvider<HeldLease> {
  static readonly usesRun: boolean = false

  static leaseFor(service: string, name?: unknown): string {
    return typeof name === 'string' ? name : service
  }

  readonly #name: string | undefined

  /** Default: the name of the service. */
  constructor(name?: string) {
    super()
    this.#name = name
  }

  override get(): HeldLease {
    return this.context[HOST].lease(LeaseProvider.leaseFor(this.context.service, this.#name))
  }
}

export const Lease = LeaseProvider
export type Lease = HeldLease
