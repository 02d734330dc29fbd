/** `expire+rearm`: timers of 100 ms, and a clock that goes from one expiry to the next. */
import { setTimeout as sleep } from 'node:timers/promises'
import { TimingWheel } from '../../dist/src/schedule/timing-wheel.js'
import type { Row } from '../report.js'
import { costRows, nanoseconds, OPERATIONS, type Order, randomIntegers, type Sample, START } from './compare.js'
import { QuaternaryHeap } from './quaternary-heap.js'

/** In microseconds. */
export const PERIOD = 100_000

/** Timers that are armed again when they expire. */
export interface Beat {
  /** Goes on until `count` timers have expired. Returns a sum that depends on each. */
  run(count: number): number
}

/** As the scheduler does it: takes the due timers out, then computes the next due moment of each and arms it. */
class WheelBeat implements Beat {
  readonly #wheel: TimingWheel
  readonly #due: Float64Array

  constructor(phases: Int32Array) {
    this.#wheel = new TimingWheel({ start: START, timers: phases.length })
    this.#due = Float64Array.from(phases, (phase) => START + phase)
    for (const [timer, due] of this.#due.entries()) this.#wheel.arm(timer, due)
  }

  run(count: number): number {
    const wheel = this.#wheel
    const due = this.#due
    const { expired } = wheel
    let sum = 0
    for (let done = 0; done < count; ) {
      const length = wheel.advance(wheel.nextExpiry())
      for (let at = 0; at < length; at++) {
        const timer = expired[at]!
        sum += timer
        due[timer]! += PERIOD
        wheel.arm(timer, due[timer]!)
      }
      done += length
    }
    return sum
  }
}

class HeapBeat implements Beat {
  readonly #heap: QuaternaryHeap
  readonly #payload = new Int32Array(1_024)

  constructor(phases: Int32Array) {
    this.#heap = new QuaternaryHeap(phases.length)
    for (const [at, phase] of phases.entries()) this.#heap.insert(START + phase, PERIOD, at)
  }

  run(count: number): number {
    const heap = this.#heap
    const payload = this.#payload
    let sum = 0
    for (let done = 0; done < count; ) {
      const length = heap.advance(heap.nextExpiry(), payload)
      for (let entry = 0; entry < length; entry++) sum += payload[entry]!
      done += length
    }
    return sum
  }
}

export const BEATS: Record<string, new (phases: Int32Array) => Beat> = { wheel: WheelBeat, heap: HeapBeat }

export function beatSample(n: number, order: Order): Sample<Beat> {
  const phases =
    order === ' at random'
      ? randomIntegers(n, PERIOD)
      : Int32Array.from({ length: n }, (_, at) => Math.ceil(((at + 1) * PERIOD) / n))
  const count = Math.max(OPERATIONS, n)
  return (Contender) => {
    const beat = new Contender(phases)
    beat.run(count)
    return nanoseconds(() => beat.run(count)) / count
  }
}

/** n timers of Node, each of which arms itself again when it fires, for a second. */
export async function rearmByNode(n: number): Promise<Row[]> {
  return costRows({ bench: 'wheel', case: 'expire+rearm', contender: 'setTimeout', n }, await costOfNode(n))
}

/** In nanoseconds for each expiry. */
export async function costOfNode(n: number): Promise<number> {
  let fired = 0
  let isOver = false
  const fire = () => {
    fired++
    if (!isOver) setTimeout(fire, 1)
  }
  for (let at = 0; at < n; at++) setTimeout(fire, 1)
  const begun = process.hrtime.bigint()
  await sleep(1_000)
  const cost = Number(process.hrtime.bigint() - begun) / fired
  isOver = true
  await sleep(10)
  return cost
}
