/**
 * The memory of the timing wheel: every timer and the head of every list in one buffer, seen through two typed arrays.
 *
 *     word  0     2          first                                               first + 8
 *           [n p] [n p] ...  [next prev incarnation payload  due - - period - -]  [next prev ...
 *     heads of list 0, 1 ... timer 0: 32 bytes                                   timer 1
 *
 * A *node* is a word offset, and the two words there are its links. That is all a head has: a list is a circle through
 * its head, so linking and unlinking have no special case at either end, no timer needs to know which list it is in, and
 * the last timer to leave a list finds the head - hence the slot that is empty now - in its own links.
 *
 * One strided record instead of an array for each field: a timer picked at random costs one cache miss, not six (a
 * random cancel and insert among a million timers: 220 against 340 ns when both were measured). The buffer grows by a
 * quarter, so it takes at most 40 bytes for each timer of the largest number there has been at once.
 *
 * A {@link TimerHandle} is `incarnation * 2^22 + index`. Releasing a timer moves its record to the next incarnation, which
 * makes every handle given out for it stale. The same incarnation comes back after 2^31 - 1 uses of one record: a stale
 * handle would have to be kept for all of them, and be used at just that moment. So there is no need to reuse records
 * longest-released first; the last one released is still in the cache.
 *
 * The constants of the layout are not exported: V8 folds a module's own constants into the code, but loads and checks an
 * imported one at each use.
 */
import { UsageError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'

declare const handle: unique symbol

/** Names one timer while it is pending; afterwards it is refused, never taken for another timer. No timer is 0. */
export type TimerHandle = number & { readonly [handle]: 'timer' }

const INDEX_BITS = 22
const INDEX_SPAN = 2 ** INDEX_BITS
const MAX_TIMERS = INDEX_SPAN
const LAST_GENERATION = 2 ** 31 - 1

/** A head is 2 words, a record 8. */
const HEAD_BITS = 1
const RECORD_BITS = 3

/** Words of a node; a head has only the first two. */
const NEXT = 0
const PREV = 1
const GENERATION = 2
const PAYLOAD = 3
/** Doubles of a timer, counted from half its node. */
const DUE = 2
const PERIOD = 3

const LEAST_GROWN = 64
const GROWTH = 5 / 4

/** No timer: node 0 is the head of list 0. */
const NONE = 0

export class TimerSlab {
  /** Timers allocated and not released. */
  size = 0

  /** Two views of the same bytes, replaced when the slab grows. */
  #words: Int32Array
  #doubles: Float64Array
  readonly #first: number
  /** Records from here on have never been used, nor their memory touched. */
  #fresh: number
  /** Released records, the last one first, linked by `next`. */
  #free = NONE

  constructor(lists: number, capacity: number) {
    this.#first = Math.ceil((lists << HEAD_BITS) / (1 << RECORD_BITS)) << RECORD_BITS
    this.#fresh = this.#first
    const buffer = new ArrayBuffer(this.#bytesFor(Math.min(capacity, MAX_TIMERS)))
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    for (let list = 0; list < lists; list++) this.join(this.head(list), this.head(list))
  }

  /** Timers there is room for without growing. */
  get capacity(): number {
    return (this.#words.length - this.#first) >> RECORD_BITS
  }

  /** A record for a new timer, in no list yet. Grows when every record is taken. */
  allocate(due: Micros, period: Micros, payload: number): number {
    const node = this.#free === NONE ? this.#takeFresh() : this.#takeFree()
    const half = node >> 1
    this.#words[node + PAYLOAD] = payload
    this.#doubles[half + DUE] = due
    this.#doubles[half + PERIOD] = period
    this.size++
    return node
  }

  /** Takes back the record of a timer that is in no list any more; its handles are stale from here on. */
  release(node: number): void {
    const words = this.#words
    const incarnation = words[node + GENERATION]!
    words[node + GENERATION] = incarnation === LAST_GENERATION ? 1 : incarnation + 1
    words[node + NEXT] = this.#free
    this.#free = node
    this.size--
  }

  handleOf(node: number): TimerHandle {
    const index = (node - this.#first) >> RECORD_BITS
    return (this.#words[node + GENERATION]! * INDEX_SPAN + index) as TimerHandle
  }

  /** The node of a pending timer, or 0 when the handle is stale. */
  nodeOf(handle: TimerHandle): number {
    const index = handle & (INDEX_SPAN - 1)
    const node = this.#first + (index << RECORD_BITS)
    if (node >= this.#fresh) return NONE
    return this.#words[node + GENERATION] === (handle - index) / INDEX_SPAN ? node : NONE
  }

  due(node: number): Micros {
    return this.#doubles[(node >> 1) + DUE]!
  }

  setDue(node: number, due: Micros): void {
    this.#doubles[(node >> 1) + DUE] = due
  }

  /** 0 when the timer fires once. */
  period(node: number): Micros {
    return this.#doubles[(node >> 1) + PERIOD]!
  }

  payload(node: number): number {
    return this.#words[node + PAYLOAD]!
  }

  head(list: number): number {
    return list << HEAD_BITS
  }

  next(node: number): number {
    return this.#words[node + NEXT]!
  }

  prev(node: number): number {
    return this.#words[node + PREV]!
  }

  /** Makes two nodes neighbours. A head joined to itself is an empty list. */
  join(node: number, next: number): void {
    const words = this.#words
    words[node + NEXT] = next
    words[next + PREV] = node
  }

  /** Links a timer at the end of a list. Returns whether the list was empty. */
  append(list: number, node: number): boolean {
    const words = this.#words
    const head = list << HEAD_BITS
    const last = words[head + PREV]!
    words[last + NEXT] = node
    words[node + PREV] = last
    words[node + NEXT] = head
    words[head + PREV] = node
    return last === head
  }

  /** Links a timer at the front of a list. Returns whether the list was empty. */
  prepend(list: number, node: number): boolean {
    const words = this.#words
    const head = list << HEAD_BITS
    const first = words[head + NEXT]!
    words[first + PREV] = node
    words[node + NEXT] = first
    words[node + PREV] = head
    words[head + NEXT] = node
    return first === head
  }

  /** Takes a timer out of its list. Returns that list when this leaves it empty, -1 otherwise. */
  unlink(node: number): number {
    const words = this.#words
    const next = words[node + NEXT]!
    const prev = words[node + PREV]!
    words[prev + NEXT] = next
    words[next + PREV] = prev
    return next === prev ? next >> HEAD_BITS : -1
  }

  /** The timers of a list, first to last; no more than there are, should the links run in circles. */
  nodes(list: number): number[] {
    const nodes: number[] = []
    const head = this.head(list)
    for (let node = this.next(head); node !== head && nodes.length <= this.size; node = this.next(node))
      nodes.push(node)
    return nodes
  }

  /** What is wrong with a list's links. */
  *linkFaults(list: number): Generator<string> {
    const circle = [this.head(list), ...this.nodes(list)]
    for (const [at, node] of circle.entries()) {
      const next = circle[(at + 1) % circle.length]!
      if (this.next(node) !== next || this.prev(next) !== node) yield `list ${list}: ${node} and ${next} are not linked`
      if (at > 0 && this.nodeOf(this.handleOf(node)) !== node) yield `list ${list}: ${node} has no valid handle`
    }
  }

  /** What is wrong with the records, given how many timers the lists hold. */
  *recordFaults(listed: number): Generator<string> {
    if (listed !== this.size) yield `${this.size} timers, but the lists hold ${listed}`
    const free = new Set<number>()
    for (let node = this.#free; node !== NONE && !free.has(node); node = this.next(node)) free.add(node)
    const used = (this.#fresh - this.#first) >> RECORD_BITS
    if (free.size + listed !== used) yield `${used} records used, but ${listed} are listed and ${free.size} free`
  }

  #takeFree(): number {
    const node = this.#free
    this.#free = this.#words[node + NEXT]!
    return node
  }

  #takeFresh(): number {
    if (this.#fresh === this.#words.length) this.#grow()
    const node = this.#fresh
    this.#fresh += 1 << RECORD_BITS
    this.#words[node + GENERATION] = 1
    return node
  }

  #bytesFor(capacity: number): number {
    return (this.#first + (capacity << RECORD_BITS)) * Int32Array.BYTES_PER_ELEMENT
  }

  #grow(): void {
    const { capacity } = this
    if (capacity === MAX_TIMERS) {
      throw new UsageError('ERR_TOO_MANY_TIMERS', `no more than ${MAX_TIMERS} timers can be pending at once`)
    }
    const grown = Math.max(LEAST_GROWN, Math.ceil(capacity * GROWTH))
    const buffer = new ArrayBuffer(this.#bytesFor(Math.min(grown, MAX_TIMERS)))
    const words = new Int32Array(buffer)
    words.set(this.#words)
    this.#words = words
    this.#doubles = new Float64Array(buffer)
  }
}
