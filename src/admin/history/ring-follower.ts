/**
 * Moves the recent ticks from shared memory into the history.
 *
 *     followed by somebody, or ticks were found      every 250 ms
 *     nothing was found, and nobody follows          when the next tick of any timer is due, within 250 ms to 60 s
 *
 * Only ticks that are due can fill the memory, so nothing is missed in between; a tick that was triggered by hand is found when
 * somebody looks.
 */
import { type RecentTick, TickRingReader } from '../../counters/tick-ring-reader.js'
import type { Clock } from '../../kernel/clock.js'
import { type Millis, microsFromMillis, millisFromMicros } from '../../kernel/time.js'
import type { EndedTick, HistoryStore } from './history-store.js'

const SHORTEST_WAIT: Millis = 250
const LONGEST_WAIT: Millis = 60_000

export interface RingFollowerOptions {
  /** Memory of a {@link file://../../counters/tick-ring.ts TickRing}. */
  readonly memory: SharedArrayBuffer
  readonly store: HistoryStore
  readonly clock: Pick<Clock, 'after' | 'wallNow'>
  /** When the next tick of any timer is due; undefined when none is. */
  readonly nextDueAt: () => Millis | undefined
  /** Somebody wants to see ticks as they come. */
  readonly isFollowed: () => boolean
  /** Called with the ticks of each poll that found some. */
  readonly onTicks: (ticks: readonly EndedTick[]) => void
}

export class RingFollower {
  readonly #options: RingFollowerOptions
  readonly #reader: TickRingReader
  #lost = 0
  #cancel: (() => void) | undefined

  constructor(options: RingFollowerOptions) {
    this.#options = options
    this.#reader = new TickRingReader(options.memory)
  }

  /** Polls now and from now on. Also call it when somebody begins to follow: the wait may be long. */
  start(): void {
    this.stop()
    const found = this.poll()
    this.#cancel = this.#options.clock.after(microsFromMillis(this.#wait(found)), () => this.start())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Brings the history up to date. Returns the number of ticks that were found. */
  poll(): number {
    const { store, onTicks } = this.#options
    const ticks = this.#reader.read().map(endedTickOf)
    store.dropped('not_read_in_time', this.#reader.lost - this.#lost)
    this.#lost = this.#reader.lost
    if (ticks.length === 0) return 0
    store.append(ticks)
    store.prune()
    onTicks(ticks)
    return ticks.length
  }

  #wait(found: number): Millis {
    const { clock, nextDueAt, isFollowed } = this.#options
    if (found > 0 || isFollowed()) return SHORTEST_WAIT
    const due = nextDueAt() ?? Number.POSITIVE_INFINITY
    return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, due - clock.wallNow()))
  }
}

/** The objects are written out, as in tick-rings.ts. */
function endedTickOf(recent: RecentTick): EndedTick {
  const { timer, sequence, dueMono, dueWall } = recent
  if (recent.end === 'skipped') {
    const { reason, count } = recent
    return { entrypoint: timer, sequence, dueAt: dueWall, end: 'skipped', reason, count, firstDueAt: dueWall }
  }
  if (recent.end === 'handed_over') {
    return { entrypoint: timer, sequence, dueAt: dueWall, end: 'handed_over', count: 1, firstDueAt: dueWall }
  }
  if (recent.end === 'returned') {
    const { reason, attempt } = recent
    return { entrypoint: timer, sequence, dueAt: dueWall, end: 'returned', reason, attempt }
  }
  const { outcome, cause, attempts, startedAt, endedAt, bookedAt, threadId } = recent
  return {
    entrypoint: timer,
    sequence,
    dueAt: dueWall,
    end: 'run',
    outcome,
    cause,
    attempts,
    startedAfter: startedAt === undefined ? undefined : millisFromMicros(startedAt - dueMono),
    endedAfter: millisFromMicros((endedAt ?? bookedAt) - dueMono),
    threadId,
  }
}
