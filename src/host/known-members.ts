/**
 * The members of one service, from the last message that this thread has received.
 *
 *   K1. The list counts only while shared memory says that it is valid: the main thread extends that with each heartbeat that
 *       the store confirms. When the main thread is blocked, the list becomes empty by time alone.
 *   K2. The list counts only while no newer one exists. A thread that is too busy to read the message about a newer list
 *       owns nothing, instead of a key that another instance owns by now.
 */
import type { LeaseBlock } from '../coordinate/lease-block.js'
import type { LeaseClock } from '../coordinate/lease-view.js'
import type { MembersPort, MemberView, ServiceMembers } from '../kernel/members.js'

export interface KnownMembersOptions {
  /** Id of this instance. */
  readonly self: string
  readonly memory: LeaseBlock
  /** Index of the service's list in the memory. */
  readonly index: number
  readonly clock: LeaseClock
}

const NOBODY: readonly MemberView[] = []

export class KnownMembers implements MembersPort {
  readonly self: string
  readonly #options: KnownMembersOptions
  readonly #listeners = new Set<(members: readonly MemberView[]) => void>()
  #members: readonly MemberView[] = NOBODY
  #revision = 0

  constructor(options: KnownMembersOptions) {
    this.self = options.self
    this.#options = options
  }

  view(): readonly MemberView[] {
    const { memory, index, clock } = this.#options
    // Read the monotonic clock first: see readClocks.
    const now = clock.now()
    const isValid = memory.isHeld(index, now, clock.wallNow()) && memory.epoch(index) <= BigInt(this.#revision)
    return isValid ? this.#members : NOBODY
  }

  onChange(listener: (members: readonly MemberView[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  change({ members, revision }: ServiceMembers): void {
    this.#members = members
    this.#revision = revision
    for (const listener of this.#listeners) {
      try {
        listener(members)
      } catch (error) {
        // An error of one listener must affect neither the other listeners nor the thread.
        process.emitWarning(error instanceof Error ? error : String(error), 'a listener of members.onChange failed')
      }
    }
  }
}
