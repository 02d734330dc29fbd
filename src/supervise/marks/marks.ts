/**
 * Remembers, in the coordination store, up to which due moments the ticks of the scopes `leader` and `queue` are judged. A new leader
 * applies the `missed` policies of the timers to the due moments that have passed since. lease-marks.ts does this for one lease.
 */
import type { KeyValueStore } from '../../coordinate/key-value/key-value.js'
import type { Clock } from '../../kernel/clock.js'
import type { TimerDefinition } from '../../kernel/definitions.js'
import type { TimerIndex } from '../../kernel/due-tick.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { Due } from '../../schedule/cadence.js'
import type { LeaseFollower } from './lease-follower.js'
import { LeaseMarks } from './lease-marks.js'
import type { MarkedTimer, OpenSince } from './timer-mark.js'

export interface MarksOptions {
  /** Each timer at its index. */
  readonly timers: readonly MarkedTimer[]
  readonly clock: Clock
  /** See `LeaseMarksOptions`. */
  readonly period: Micros
  readonly openSince: OpenSince
  readonly holds: (lease: string) => boolean
  /** See `Scheduler.judgeAbsence`. */
  readonly judge: (timer: TimerIndex, mark: Millis, first: Due | undefined) => void
  /** Starts the ticks of a lane that are made up for, one after the other. Not called for scope `queue`: the queue starts them. */
  readonly startWaiting: (lane: MarkedTimer['lane']) => void
}

/** Whether the ticks of a timer are judged by one instance at a time, the holder of a lease. */
export function isMarked(definition: TimerDefinition): boolean {
  return leaseOf(definition) !== undefined
}

export class Marks implements LeaseFollower {
  readonly #options: MarksOptions
  readonly #leases = new Map<string, LeaseMarks>()
  /** The marks of each timer's lease, by the index of the timer; undefined for a timer without a lease. */
  readonly #byTimer: readonly (LeaseMarks | undefined)[]
  #values: KeyValueStore | undefined
  #start = () => {}
  readonly #isStarted = new Promise<void>((resolve) => {
    this.#start = resolve
  })

  constructor(options: MarksOptions) {
    this.#options = options
    this.#byTimer = options.timers.map(({ definition }) => {
      const lease = leaseOf(definition)
      return lease === undefined ? undefined : this.#marksUnder(lease)
    })
  }

  /** Call it when the scheduler has started: from then on the due moments that passed before can be judged. */
  started(): void {
    this.#start()
  }

  /** Call it with each due moment of a timer, when the scheduler has handled it. */
  handled(index: TimerIndex, due: Due): void {
    const marks = this.#byTimer[index]
    if (!marks) return
    const timer = this.#options.timers[index]!
    if (this.#options.holds(leaseOf(timer.definition)!)) marks.judged(timer, due)
  }

  /** One sentence for each problem; for `/readyz`. */
  get problems(): readonly string[] {
    return [...this.#leases.values()].flatMap(({ problem }) => problem ?? [])
  }

  opened(values: KeyValueStore): void {
    this.#values = values
  }

  gained(lease: string, epoch: bigint): void {
    this.#leases.get(lease)?.gained(epoch, this.#values!, this.#isStarted)
  }

  async leaving(lease: string): Promise<void> {
    await this.#leases.get(lease)?.leave(this.#values!)
  }

  lost(lease: string): void {
    this.#leases.get(lease)?.lost()
  }

  #marksUnder(lease: string): LeaseMarks {
    const known = this.#leases.get(lease)
    if (known) return known
    const { timers, clock, period, openSince, judge, startWaiting } = this.#options
    const marks = new LeaseMarks({
      lease,
      timers: timers.filter(({ definition }) => leaseOf(definition) === lease),
      clock,
      openSince,
      period,
      judge(timer, mark, first) {
        judge(timer.index, mark, first)
        if (timer.definition.scope === 'leader') startWaiting(timer.lane)
      },
    })
    this.#leases.set(lease, marks)
    return marks
  }
}

function leaseOf({ lease, offerLease }: TimerDefinition): string | undefined {
  return lease ?? offerLease
}
