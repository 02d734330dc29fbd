/** `insert+cancel`: pending timers that are cancelled and inserted again before they are due. */
import { TimingWheel } from '../../dist/src/schedule/timing-wheel.js'
import { nanoseconds, OPERATIONS, type Order, randomIntegers, type Sample, START } from './compare.js'
import { QuaternaryHeap } from './quaternary-heap.js'

export const LONGEST_DELAY_MS = 1_000

/** A population of pending timers. */
export interface Churn {
  /** Cancels each victim and inserts it again. */
  run(victims: Int32Array, delays: Int32Array): void
  clear(): void
}

export interface ChurnConstructor {
  new (delays: Int32Array): Churn
  /** Bytes of a handle that the user of the contender keeps for each timer. */
  readonly handleBytes: number
}

class WheelChurn implements Churn {
  static readonly handleBytes = 0
  readonly #wheel: TimingWheel

  constructor(delays: Int32Array) {
    this.#wheel = new TimingWheel({ start: START, timers: delays.length })
    for (let at = 0; at < delays.length; at++) this.#wheel.arm(at, START + delays[at]! * 1_000)
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const wheel = this.#wheel
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      wheel.disarm(victim)
      wheel.arm(victim, START + delays[at]! * 1_000)
    }
  }

  clear(): void {}
}

class HeapChurn implements Churn {
  static readonly handleBytes = 8
  readonly #heap: QuaternaryHeap
  readonly #handles: Float64Array

  constructor(delays: Int32Array) {
    this.#heap = new QuaternaryHeap(delays.length)
    this.#handles = new Float64Array(delays.length)
    for (let at = 0; at < delays.length; at++) this.#handles[at] = this.#heap.insert(START + delays[at]! * 1_000, 0, at)
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const heap = this.#heap
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      heap.cancel(handles[victim]!)
      handles[victim] = heap.insert(START + delays[at]! * 1_000, 0, victim)
    }
  }

  clear(): void {}
}

class NodeChurn implements Churn {
  static readonly handleBytes = 8
  readonly #handles: NodeJS.Timeout[]

  constructor(delays: Int32Array) {
    this.#handles = Array.from(delays, (delay) => setTimeout(nothing, delay))
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      clearTimeout(handles[victim])
      handles[victim] = setTimeout(nothing, delays[at])
    }
  }

  clear(): void {
    for (const handle of this.#handles) clearTimeout(handle)
  }
}

function nothing(): void {}

export const CHURNS: Record<string, ChurnConstructor> = { wheel: WheelChurn, setTimeout: NodeChurn, heap: HeapChurn }

export function churnSample(n: number, order: Order): Sample<Churn> {
  const initial = randomIntegers(n, LONGEST_DELAY_MS)
  const delays = randomIntegers(2 * OPERATIONS, LONGEST_DELAY_MS)
  const victims = order === ' at random' ? randomIntegers(2 * OPERATIONS, n) : delays.map((_, at) => at % n)
  return (Contender) => {
    const churn = new Contender(initial)
    churn.run(victims.subarray(0, OPERATIONS), delays)
    const cost = nanoseconds(() => churn.run(victims.subarray(OPERATIONS), delays)) / OPERATIONS
    churn.clear()
    return cost
  }
}
