/** The members of a service: the instances of the deployment that run it. */

/** One instance. */
export interface MemberView {
  /** Unique; a process gets a new one at each start. */
  readonly id: string
  /** Its share of the work relative to the others; 0 while it is stopping. */
  readonly weight: number
}

/** The members of one service, as the main thread tells them to worker threads. */
export interface ServiceMembers {
  readonly service: string
  /** Sorted by id. */
  readonly members: readonly MemberView[]
  /** Grows with every change. Shared memory holds the revision of the current list and until when it is valid. */
  readonly revision: number
}

/** Gives a service the members that run it too. */
export interface MembersPort {
  /** Id of this instance. */
  readonly self: string
  /** The members, sorted by id; empty while they are unknown. */
  view(): readonly MemberView[]
  /** Calls `listener` after every change. The returned function unsubscribes. */
  onChange(listener: (members: readonly MemberView[]) => void): () => void
}
