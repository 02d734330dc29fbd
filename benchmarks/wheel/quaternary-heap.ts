/**
 * The baseline: a heap that supports cancel, as lean as it can be, with typed arrays, four children to a node and the place
 * of each timer. It re-arms a timer that expires by its period, without leaving the root.
 */
export class QuaternaryHeap {
  #size = 0
  #free = 0
  readonly #timers: Int32Array
  readonly #places: Int32Array
  readonly #due: Float64Array
  readonly #period: Float64Array
  readonly #payload: Int32Array

  constructor(capacity: number) {
    this.#timers = new Int32Array(capacity)
    this.#places = new Int32Array(capacity)
    this.#due = new Float64Array(capacity)
    this.#period = new Float64Array(capacity)
    this.#payload = new Int32Array(capacity)
    for (let timer = 0; timer < capacity; timer++) this.#places[timer] = timer + 1
  }

  insert(due: number, period: number, payload: number): number {
    const timer = this.#free
    this.#free = this.#places[timer]!
    this.#due[timer] = due
    this.#period[timer] = period
    this.#payload[timer] = payload
    this.#up(this.#size++, timer)
    return timer
  }

  cancel(timer: number): void {
    const place = this.#places[timer]!
    const last = this.#timers[--this.#size]!
    if (last !== timer) {
      if (place > 0 && this.#due[last]! < this.#due[this.#timers[(place - 1) >> 2]!]!) this.#up(place, last)
      else this.#down(place, last)
    }
    this.#places[timer] = this.#free
    this.#free = timer
  }

  nextExpiry(): number {
    return this.#due[this.#timers[0]!]!
  }

  advance(now: number, payload: Int32Array): number {
    let length = 0
    while (length < payload.length) {
      const timer = this.#timers[0]!
      if (this.#due[timer]! > now) break
      payload[length++] = this.#payload[timer]!
      this.#due[timer]! += this.#period[timer]!
      this.#down(0, timer)
    }
    return length
  }

  #up(from: number, timer: number): void {
    const due = this.#due[timer]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 2
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
    for (let first = 4 * place + 1; first < this.#size; first = 4 * place + 1) {
      const end = Math.min(first + 4, this.#size)
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
