/**
 * The memory of the timing wheel: the list of each bucket, and one record for each timer, in one buffer that is read
 * through two typed arrays.
 *
 *     word  0     2          first                  first + 4
 *           [n p] [n p] ...  [next prev   due    ]  [next prev   due    ]  ...
 *     head of bucket 0, 1    timer 0: 16 bytes      timer 1
 *
 * A *node* is a word offset; the two words there are its links. Lists are circular and go through the head of their
 * bucket, so linking and unlinking have no special case at either end, and a record need not store its bucket: the last
 * timer to leave a list finds the head, hence the empty bucket, in its own links. A timer that is not armed is linked to
 * itself.
 *
 * A timer keeps its record for good, so arming allocates nothing and a timer needs no handle beside its index. The links
 * and the due moment share a record, and not one array for each, so that a timer picked at random costs one cache miss.
 */
import type { TimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'

/** A head is 2 words, a record 4. Not exported: V8 folds a module's own constants into its code, but loads imported ones. */
const HEAD_BITS = 1
const RECORD_BITS = 2

/** Words of a node; a head has only these. */
const NEXT = 0
const PREV = 1
/** Double of a timer, counted from half its node. */
const DUE = 1

export class TimerLists {
  /** How many timers there are records for. */
  readonly timers: number
  /** Two views of the same bytes. */
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  /** The node of timer 0. */
  readonly #first: number

  constructor(buckets: number, timers: number) {
    this.timers = timers
    this.#first = buckets << HEAD_BITS
    const words = this.#first + (timers << RECORD_BITS)
    const buffer = new ArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    for (let bucket = 0; bucket < buckets; bucket++) this.makeAlone(this.head(bucket))
    for (let timer = 0; timer < timers; timer++) this.makeAlone(this.node(timer))
  }

  node(timer: TimerIndex): number {
    return this.#first + (timer << RECORD_BITS)
  }

  timer(node: number): TimerIndex {
    return (node - this.#first) >> RECORD_BITS
  }

  head(bucket: number): number {
    return bucket << HEAD_BITS
  }

  next(node: number): number {
    return this.#words[node + NEXT]!
  }

  prev(node: number): number {
    return this.#words[node + PREV]!
  }

  due(node: number): Micros {
    return this.#doubles[(node >> 1) + DUE]!
  }

  setDue(node: number, due: Micros): void {
    this.#doubles[(node >> 1) + DUE] = due
  }

  /** Whether the list of a head is empty, or a timer is in no list. */
  isAlone(node: number): boolean {
    return this.#words[node + NEXT] === node
  }

  /** Links a node to itself: an empty list, or a timer in no list. Does not mend the links of its neighbours. */
  makeAlone(node: number): void {
    const words = this.#words
    words[node + NEXT] = node
    words[node + PREV] = node
  }

  /** Links a timer that is in no list at the end of a list. Returns whether the list was empty. */
  append(bucket: number, node: number): boolean {
    const words = this.#words
    const head = bucket << HEAD_BITS
    const last = words[head + PREV]!
    words[last + NEXT] = node
    words[node + PREV] = last
    words[node + NEXT] = head
    words[head + PREV] = node
    return last === head
  }

  /** Links a timer that is in no list at the front of a list. Returns whether the list was empty. */
  prepend(bucket: number, node: number): boolean {
    const words = this.#words
    const head = bucket << HEAD_BITS
    const first = words[head + NEXT]!
    words[first + PREV] = node
    words[node + NEXT] = first
    words[node + PREV] = head
    words[head + NEXT] = node
    return first === head
  }

  /**
   * Takes a timer out of its list. Returns the bucket when that leaves it empty, else -1. The timer's own links are left
   * as they were: append it, prepend it or {@link makeAlone} it next.
   */
  unlink(node: number): number {
    const words = this.#words
    const next = words[node + NEXT]!
    const prev = words[node + PREV]!
    words[prev + NEXT] = next
    words[next + PREV] = prev
    return next === prev ? next >> HEAD_BITS : -1
  }
}
