/** What part 1 of `compare` measures: who (peers), beside what (loads), and what one block of it says. */

/** What disturbs the measured job. */
export type Disturbance =
  | 'none'
  /** Each run of the job computes for 20 ms. */
  | 'work'
  /** A second job computes. */
  | 'neighbour'
  /** Other processes, one for each core, compute without pause. */
  | 'burning'
  /** Each run of the job waits for two and a half intervals. */
  | 'overrun'
  /** The main thread of the program computes for 1 s, once in 5 s. */
  | 'blocked'
  /** A second job never returns. */
  | 'spinning'
  /** The process is stopped for 3 s (SIGSTOP, SIGCONT), once. */
  | 'suspended'

/** The measured job's interval. */
export type IntervalMs = 100 | 1_000

/** A disturbance at 100 ms, or, with `-1s`, at 1 s. */
export type LoadName =
  | 'idle'
  | Exclude<Disturbance, 'none'>
  | 'idle-1s'
  | `${'neighbour' | 'blocked' | 'spinning' | 'suspended'}-1s`

export interface Load {
  readonly name: LoadName
  /** For a heading, without a full stop. */
  readonly title: string
  readonly disturbance: Disturbance
  readonly intervalMs: IntervalMs
  /** A shorter block does not contain what the load is about. */
  readonly leastSeconds: number
}

export interface Peer {
  readonly name: string
  /** Of benchmarks/compare/package.json; empty for what comes with Node, and for Escapement. */
  readonly packages: readonly string[]
  readonly intervals: readonly IntervalMs[]
  /** How it is driven, and which options were chosen. For the page: whole sentences. */
  readonly note: string
  /** Why it is left out of a load. */
  readonly cannot?: Partial<Record<LoadName, string>>
}

/** One peer beside one load, in a process of its own. */
export interface LatenessBlock {
  /**
   * Start minus due moment of each start that belongs to a due moment, signed. The due moments are the peer's own: those that it
   * tells to the job, else multiples of the interval since the job was scheduled, or whole seconds where it aligns to the clock.
   */
  readonly errorsMs: readonly number[]
  /** Length of the block. */
  readonly seconds: number
  /** Due moments in the block. */
  readonly expected: number
  /** Due moments without a start. */
  readonly skipped: number
  /** Starts for which no due moment was waiting: two starts for one moment, or a burst that makes up for lost time. */
  readonly duplicates: number
  /** Starts before their due moment. */
  readonly early: number
  /** The most runs of the job that were under way at once. */
  readonly mostAtOnce: number
  /** Slope of the regression of the starts on a grid without gaps. NaN with fewer than 3 starts. */
  readonly driftMsPerMinute: number
  /** Processor time of the whole process tree, with the servers that the peer needs, without the burners of the load. NaN where there is no /proc. */
  readonly cpuSeconds: number
  /** Of the same processes at the end of the block, added up: memory that processes share is counted in each. NaN where there is no /proc. */
  readonly rssMb: number
}

/** True when the peer takes part in the load. */
export function takesPart(peer: Peer, load: Load): boolean {
  return peer.intervals.includes(load.intervalMs) && peer.cannot?.[load.name] === undefined
}
