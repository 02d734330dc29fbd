/** What happened in a deployment, as those wrote it down who were there. All moments are on the machine's one clock. */

/** Nanoseconds of `process.hrtime.bigint()`: on Linux the same for all processes of a machine. */
export type Nanos = bigint

/** A write that reached the storage, in the order of arrival. */
export interface Write {
  readonly kind: 'write'
  readonly instance: string
  readonly resource: string
  readonly token: bigint
  readonly dueTime: number
  readonly accepted: boolean
  readonly at: Nanos
}

/** Told by a run about itself. */
export interface RunEntry {
  /** `aborted`: it noticed that it is to stop, and did. */
  readonly kind: 'begin' | 'end' | 'aborted'
  readonly instance: string
  readonly entrypoint: string
  /** The due moment, in milliseconds since the epoch. */
  readonly dueTime: number
  /** The due moment on the machine's clock. */
  readonly due: Nanos
  /** Of the lease it runs under; undefined when it runs under none. */
  readonly token: bigint | undefined
  readonly at: Nanos
}

/** What became of an instance: `stopping` is when it starts nothing any more. */
export interface ProcessEntry {
  readonly kind: 'started' | 'stopping' | 'frozen' | 'thawed' | 'killed' | 'exited'
  readonly instance: string
  readonly at: Nanos
}

/** Told by an instance: a run is over, although nothing was heard of its end. Its thread has exited. */
export interface OverEntry {
  readonly kind: 'over'
  readonly instance: string
  readonly entrypoint: string
  readonly dueTime: number
  readonly at: Nanos
}

/** Told by an instance: ticks did not become runs. */
export interface SkipEntry {
  readonly kind: 'skip'
  readonly instance: string
  readonly entrypoint: string
  /** The last of them. */
  readonly dueTime: number
  readonly count: number
  readonly reason: string
  readonly at: Nanos
}

export type Entry = Write | RunEntry | ProcessEntry | OverEntry | SkipEntry

/** The ledger of one entrypoint on one instance, read at one moment. */
export interface LedgerReading {
  readonly instance: string
  readonly entrypoint: string
  readonly due: number
  /** This and the next two: of scope `queue`, else 0. */
  readonly taken: number
  readonly handedOver: number
  readonly returned: number
  readonly skipped: Readonly<Record<string, number>>
  readonly runs: Readonly<Record<string, number>>
  readonly active: number
  readonly pending: number
}

export interface History {
  /** Writes are in the order of their arrival; the others are in any order. */
  readonly entries: readonly Entry[]
  readonly ledgers: readonly LedgerReading[]
}
