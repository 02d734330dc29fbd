/** Who the members of the deployment are, as this thread was last told. */
import type { MembersPort, MemberView } from '../kernel/members.js'

export class KnownMembers implements MembersPort {
  readonly self: string
  readonly #listeners = new Set<(members: readonly MemberView[]) => void>()
  #members: readonly MemberView[] = []

  constructor(self: string) {
    this.self = self
  }

  view(): readonly MemberView[] {
    return this.#members
  }

  onChange(listener: (members: readonly MemberView[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  change(members: readonly MemberView[]): void {
    this.#members = members
    for (const listener of this.#listeners) {
      try {
        listener(members)
      } catch (error) {
        // Other listeners, and the thread, have nothing to do with it.
        process.emitWarning(error instanceof Error ? error : String(error), 'a listener of members.onChange failed')
      }
    }
  }
}
