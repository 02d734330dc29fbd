/**
 * The memberships of this instance: one for each service that injects `Members`. The keys of a service are divided among the
 * instances that run it, not among all instances of the deployment.
 *
 * Threads learn each list by a message. Shared memory (see lease-block.ts; here an "epoch" is the revision of a list) says
 * which revision is current and until when it is valid. The message is sent before the memory is written.
 */
import type { Clock } from '../kernel/clock.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { LeaseBlock } from './lease-block.js'
import { Membership } from './membership.js'
import type { Member, MemberStore } from './ports.js'

export interface MembershipsOptions {
  /** The services that inject `Members`. */
  readonly services: readonly string[]
  /** Id of this instance. */
  readonly id: string
  readonly memory: LeaseBlock
  /** The place of the first service's list in the memory; the others follow. */
  readonly firstIndex: number
  readonly clock: Clock
  readonly ttl: Micros
  readonly onChange: (members: ServiceMembers) => void
  readonly onError: (error: unknown) => void
}

/** No instance takes a larger share of the work than another. */
const WEIGHT = 1

const FOREVER = Number.MAX_SAFE_INTEGER

class MemberList {
  members: readonly Member[] = []
  #revision = 0
  #until: Micros = 0
  #wallUntil: Millis = 0
  readonly #write: (revision: bigint, until: Micros, wallUntil: Millis) => void

  constructor(write: (revision: bigint, until: Micros, wallUntil: Millis) => void) {
    this.#write = write
  }

  /** `tell` is called with the new revision before it becomes the current one. */
  change(members: readonly Member[], tell: (revision: number) => void): void {
    this.members = members
    this.#revision += 1
    tell(this.#revision)
    this.extend(this.#until, this.#wallUntil)
  }

  extend(until: Micros, wallUntil: Millis): void {
    this.#until = until
    this.#wallUntil = wallUntil
    this.#write(BigInt(this.#revision), until, wallUntil)
  }
}

export class Memberships {
  readonly #options: MembershipsOptions
  readonly #lists: ReadonlyMap<string, MemberList>
  #memberships: readonly Membership[] = []

  constructor(options: MembershipsOptions) {
    this.#options = options
    const { services, memory, firstIndex } = options
    this.#lists = new Map(
      services.map((service, index) => [
        service,
        new MemberList((...written) => memory.publish(firstIndex + index, ...written)),
      ]),
    )
  }

  /** Becomes a member of each service. */
  join(store: MemberStore): void {
    const { id, clock, ttl, onError } = this.#options
    this.#memberships = [...this.#lists].map(
      ([service, list]) =>
        new Membership({
          store,
          clock,
          group: service,
          id,
          weight: WEIGHT,
          ttl,
          onConfirmed: (until, wallUntil) => list.extend(until, wallUntil),
          onChange: (members) => this.#change(service, list, members),
          onError,
        }),
    )
    for (const membership of this.#memberships) membership.start()
  }

  /** There are no other instances: this one owns everything. */
  joinAlone(): void {
    for (const [service, list] of this.#lists) {
      list.extend(FOREVER, FOREVER)
      this.#change(service, list, [{ id: this.#options.id, weight: WEIGHT }])
    }
  }

  /** The number of members of each service; 0 while they are unknown. */
  counts(): { readonly service: string; readonly count: number }[] {
    return [...this.#lists].map(([service, { members }]) => ({ service, count: members.length }))
  }

  /** The other members take over all keys from now on. */
  drain(): void {
    for (const membership of this.#memberships) membership.drain()
  }

  /** Never rejects. */
  async leave(): Promise<void> {
    await Promise.all(this.#memberships.map((membership) => membership.leave()))
  }

  #change(service: string, list: MemberList, members: readonly Member[]): void {
    list.change(members, (revision) => this.#options.onChange({ service, members, revision }))
  }
}
