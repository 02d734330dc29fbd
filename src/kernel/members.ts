/** The members of a deployment: its instances, as services see them. */

/** One instance. */
export interface MemberView {
  /** Unique; a process gets a new one at each start. */
  readonly id: string
  /** Its share of the work relative to the others; 0 while it is stopping. */
  readonly weight: number
}

/** Gives a worker thread the members of the deployment. */
export interface MembersPort {
  /** Id of this instance. */
  readonly self: string
  /** The members, sorted by id; empty while they are unknown. */
  view(): readonly MemberView[]
  /** Calls `listener` after every change. The returned function unsubscribes. */
  onChange(listener: (members: readonly MemberView[]) => void): () => void
}
