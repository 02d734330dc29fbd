import { ownerOf } from '../coordinate/rendezvous.js'
import { UsageError } from '../kernel/errors.js'
import type { MembersPort, MemberView } from '../kernel/members.js'
import { show } from '../kernel/suggest.js'
import { HOST } from './host-port.js'
import { DependencyProvider } from './provider.js'

/**
 * The instances of the deployment, and which of them is responsible for what: each key belongs to one of them, and moves
 * only when its owner goes, or to one that comes (rendezvous hashing).
 *
 *     @inject(Members) members!: Members
 *     ...
 *     for (const item of this.members.mine(items)) await this.process(item)
 *
 * What belongs to whom is computed by each instance from what it last heard of the others. For a moment after a change two
 * may take the same key for their own, or nobody: mark what is done in the storage, or guard it by a `Lease`.
 */
export class MembersClient {
  readonly #port: MembersPort

  constructor(port: MembersPort) {
    this.#port = port
  }

  /** Id of this instance: unique to a process start. */
  get self(): string {
    return this.#port.self
  }

  /** All of them, by id; empty while it is not known, just after the start or when the store cannot be reached. */
  get list(): readonly MemberView[] {
    return this.#port.view()
  }

  /** Whether a key belongs to this instance. Nothing does while it is not known who is there. */
  owns(key: string | number | bigint): boolean {
    return ownerOf(String(key), this.list) === this.self
  }

  /**
   * Those items that belong to this instance, in their order. `keyOf` says by what: by default the item itself, when it is
   * text or a number, or its `id`.
   *
   * @throws UsageError (`ERR_MEMBER_KEY`) for an item that has neither, and no `keyOf`.
   */
  mine<Item>(items: Iterable<Item>, keyOf: (item: Item) => string | number | bigint = idOf): Item[] {
    const members = this.list
    return [...items].filter((item) => ownerOf(String(keyOf(item)), members) === this.self)
  }

  /** Calls back after every change of {@link list}, until the result is called. */
  onChange(listener: (members: readonly MemberView[]) => void): () => void {
    return this.#port.onChange(listener)
  }
}

function idOf(item: unknown): string | number | bigint {
  const key = typeof item === 'object' && item !== null ? (item as { id?: unknown }).id : item
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') return key
  throw new UsageError(
    'ERR_MEMBER_KEY',
    `members.mine() cannot tell what ${show(item)} is divided by: give items an "id", or say by what: mine(items, (item) => item.key)`,
  )
}

/** Provides {@link MembersClient}. */
export class MembersProvider extends DependencyProvider<MembersClient> {
  static readonly usesRun: boolean = false

  static readonly usesMembers = true

  override get(): MembersClient {
    return new MembersClient(this.context[HOST].members)
  }
}

export const Members = MembersProvider
export type Members = MembersClient
