/** How many more tickets of a service this instance may take. Pure. */

export interface RoomFacts {
  /** This instance takes tickets, and does not stop. */
  readonly isTaking: boolean
  /** Threads of the service that are up. */
  readonly threads: number
  /** Tickets of the service that wait or run here. */
  readonly open: number
  /** A ticket has gone back lately because no thread became idle. */
  readonly isSaturated: boolean
  /** The worst of the circuits of the methods with scope `queue`. */
  readonly circuit: 'closed' | 'blocked' | 'probing'
}

/** A service with a method in quarantine takes nothing; when a probe may run, it takes one ticket at a time. */
export function roomOf({ isTaking, threads, open, isSaturated, circuit }: RoomFacts): number {
  if (!isTaking || isSaturated || circuit === 'blocked') return 0
  return Math.max(0, (circuit === 'probing' ? Math.min(1, threads) : threads) - open)
}
