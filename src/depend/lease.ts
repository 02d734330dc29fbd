import type { Lease as HeldLease } from '../kernel/lease.js'
import { HOST } from './host-port.js'
import { DependencyProvider } from './provider.js'

/**
 * A lease that at most one instance of the deployment holds at a time.
 *
 *     @inject(Lease) lease!: Lease                  // the lease of the service's own `scope: 'leader'` timers
 *     @inject(Lease, 'cleanup_task') lease!: Lease  // another lease, by its name
 *     ...
 *     if (!this.lease.isHeld) return
 *     await db.query('UPDATE ... WHERE fence <= $1', [this.lease.fencingToken])
 *
 * Every instance whose services inject a lease competes for it. The loss of a lease that is only injected aborts nothing:
 * check `isHeld`, or use `scope: 'leader'`.
 */
export class LeaseProvider extends DependencyProvider<HeldLease> {
  static leaseFor(service: string, name?: unknown): string {
    return typeof name === 'string' ? name : service
  }

  readonly #name: string | undefined

  /** `name`: the name of the lease. Default: the name of the service. */
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
