import { ownerOf } from '../coordinate/rendezvous.js'
import { UsageError } from '../kernel/errors.js'
import type { MembersPort, MemberView } from '../kernel/members.js'
import { show } from '../kernel/suggest.js'
import { HOST } from './host-port.js'
import { DependencyProvider } from './provider.js'

/**
 * The instances of the deployment that run this service, and the keys that each of them owns. A key changes its owner only when the owner leaves or
 * when a new instance becomes the owner (rendezvous hashing).
 *
 *     @inject(Members) members!: Members
 *     ...
 *     for (const item of this.members.mine(items)) await this.process(item)
 *
 * Each instance computes the owners from its last list of members. For a moment after a change, two instances or none may
 * own a key. So record finished work in your storage, or guard the work by a `Lease`.
 */
export class MembersClient {
  readonly #port: MembersPort

  constructor(port: MembersPort) {
    this.#port = port
  }

  /** Id of this instance, unique to one start of the process. */
  get self(): string {
    return this.#port.self
  }

  /**
   * The instances that run this service, sorted by id. Empty while unknown: just after the start, when no heartbeat has reached
   * the store for 0.99 of the `ttl` (also because the main thread was blocked), and until this thread has received a newer list.
   */
  get list(): readonly MemberView[] {
    return this.#port.view()
  }

  /** Whether this instance owns a key. False for all keys while {@link list} is empty. */
  owns(key: string | number | bigint): boolean {
    return ownerOf(String(key), this.list) === this.self
  }

  /**
   * The items that this instance owns, in their order. `keyOf` returns the key of an item. Default: the item itself when it
   * is a string or number, else its `id`.
   *
   * @throws UsageError (`ERR_MEMBER_KEY`) for an item without a default key when `keyOf` is not given.
   */
  mine<Item>(items: Iterable<Item>, keyOf: (item: Item) => string | number | bigint = idOf): Item[] {
    const members = this.list
    return [...items].filter((item) => ownerOf(String(keyOf(item)), members) === this.self)
  }

  /**
   * Calls `listener` after every change of the members, with the new list. It is not called when {@link list} becomes empty
   * because the main thread is blocked. The returned function unsubscribes.
   */
  onChange(listener: (members: readonly MemberView[]) => void): () => void {
    return this.#port.onChange(listener)
  }
}

function idOf(item: unknown): string | number | bigint {
  const key = typeof item === 'object' && item !== null ? (item as { id?: unknown }).id : item
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') return key
  throw new UsageError(
    'ERR_MEMBER_KEY',
    `members.mine() needs a key for each item, got ${show(item)}: add an "id" or pass a key function, e.g. mine(items, (item) => item.key)`,
  )
}

/** Provides {@link MembersClient}. */
export class MembersProvider extends DependencyProvider<MembersClient> {
  static readonly usesMembers = true

  override get(): MembersClient {
    return new MembersClient(this.context[HOST].members)
  }
}

export const Members = MembersProvider
export type Members = MembersClient
