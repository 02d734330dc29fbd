/**
 * A heap of timers with the interface of the timing wheel, so that it can take its place in the scheduler. As lean as it can be: typed
 * arrays, and the place of each timer, so that it is found when it is cancelled.
 */
export class TimerHeap {
  readonly expired: Int32Array
  /** Each node has 2 ^ shift children. */
  readonly #shift: number
  #size = 0
  readonly #timers: Int32Array
  /** Of each timer; -1 for one that is not armed. */
  readonly #places: Int32Array
  readonly #due: Float64Array

  constructor(timers: number, shift: number) {
    this.#shift = shift
    this.expired = new Int32Array(timers)
    this.#timers = new Int32Array(timers)
    this.#places = new Int32Array(timers).fill(-1)
    this.#due = new Float64Array(timers)
  }

  arm(timer: number, due: number): void {
    const place = this.#places[timer]!
    const isLater = place >= 0 && due > this.#due[timer]!
    this.#due[timer] = due
    if (place < 0) this.#up(this.#size++, timer)
    else if (isLater) this.#down(place, timer)
    else this.#up(place, timer)
  }

  disarm(timer: number): void {
    const place = this.#places[timer]!
    if (place < 0) return
    this.#places[timer] = -1
    const last = this.#timers[--this.#size]!
    if (last === timer) return
    if (this.#due[last]! < this.#due[timer]!) this.#up(place, last)
    else this.#down(place, last)
  }

  isArmed(timer: number): boolean {
    return this.#places[timer]! >= 0
  }

  nextExpiry(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#due[this.#timers[0]!]!
  }

  advance(now: number): number {
    let count = 0
    while (this.#size > 0) {
      const timer = this.#timers[0]!
      if (this.#due[timer]! > now) break
      this.expired[count++] = timer
      this.#places[timer] = -1
      const last = this.#timers[--this.#size]!
      if (this.#size > 0) this.#down(0, last)
    }
    return count
  }

  #up(from: number, timer: number): void {
    const due = this.#due[timer]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> this.#shift
      const other = this.#timers[parent]!
      if (this.#due[other]! <= due) break
      this.#put(place, other)
      place = parent
    }
    this.#put(place, timer)
  }

  #down(from: number, timer: number): void {
    const due = this.#due[timer]!
    let place = from
    for (let first = (place << this.#shift) + 1; first < this.#size; first = (place << this.#shift) + 1) {
      const end = Math.min(first + (1 << this.#shift), this.#size)
      let least = first
      for (let child = first + 1; child < end; child++) {
        if (this.#due[this.#timers[child]!]! < this.#due[this.#timers[least]!]!) least = child
      }
      const other = this.#timers[least]!
      if (this.#due[other]! >= due) break
      this.#put(place, other)
      place = least
    }
    this.#put(place, timer)
  }

  #put(place: number, timer: number): void {
    this.#timers[place] = timer
    this.#places[timer] = place
  }
}
