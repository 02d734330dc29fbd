/** What a stop is asked for, and what it had to do. */
export interface StopOptions {
  /** Written to the log and given to listeners of `stopping`. Default: `stop() was called`. */
  readonly reason?: string
  /**
   * Kills at once what still runs, whatever it is doing. Also when a stop is in progress: that stop then waits no longer, and
   * resolves within a second. Default: false.
   */
  readonly force?: boolean
}

/** What a stop had to do. */
export interface StopReport {
  /** Methods whose runs did not end by themselves and were killed with their threads, and services that did not stop. */
  readonly killed: readonly string[]
  /** Threads that had not exited when a forced stop ended, as `pool/slot`: native code cannot be interrupted. Else empty. */
  readonly alive: readonly string[]
  /** The last write of the state file failed: what services stored since the write before is lost. */
  readonly isStateLost?: true
}
