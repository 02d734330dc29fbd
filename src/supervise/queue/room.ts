/** Computes how many more tickets of a service this instance may take. Pure. */

export interface RoomFacts {
  /** This instance takes tickets (`escapement.queue.take`), and its stop has not begun. */
  readonly isTaking: boolean
  /** Number of threads of the service that are up. */
  readonly threads: number
  /** How many tickets may be taken that have to wait for a thread: `dispatch/taking/ahead.ts`. */
  readonly ahead: number
  /** Number of tickets of the service that wait or run on this instance. */
  readonly open: number
  /** A ticket was returned in the last two seconds because no thread became idle. */
  readonly isSaturated: boolean
  /**
   * The worst state of the circuits of the service's methods with scope `queue`. `blocked`: a method is in quarantine. `probing`: one run
   * may try whether the method works again.
   */
  readonly circuit: 'closed' | 'blocked' | 'probing'
}

/** 0 while a method of the service is in quarantine; when a probe may run, one ticket at a time is taken. */
export function roomOf({ isTaking, threads, ahead, open, isSaturated, circuit }: RoomFacts): number {
  if (!isTaking || isSaturated || circuit === 'blocked') return 0
  return Math.max(0, (circuit === 'probing' ? Math.min(1, threads) : threads + ahead) - open)
}
