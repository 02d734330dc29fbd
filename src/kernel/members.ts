/** Who else is there: the instances of a deployment, as services see them. */

/** An instance. */
export interface MemberView {
  /** Unique to a process start. */
  readonly id: string
  /** Its share of the work, relative to the others; 0 while it is draining. */
  readonly weight: number
}

/** What a thread knows of the members. */
export interface MembersPort {
  /** Id of this process start. */
  readonly self: string
  /** Those that are there, by id; empty while nobody can say. */
  view(): readonly MemberView[]
  /** Called after every change, until the result is called. */
  onChange(listener: (members: readonly MemberView[]) => void): () => void
}
