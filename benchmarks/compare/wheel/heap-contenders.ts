/** The heaps, driven as the benchmark `wheel` drives the wheel. */
import { type Beat, PERIOD } from '../../wheel/beat.js'
import type { Churn, ChurnConstructor } from '../../wheel/churn.js'
import { START } from '../../wheel/compare.js'
import { TimerHeap } from './timer-heap.js'

export function heapChurn(shift: number): ChurnConstructor {
  return class implements Churn {
    static readonly handleBytes = 0
    readonly #heap: TimerHeap

    constructor(delays: Int32Array) {
      this.#heap = new TimerHeap(delays.length, shift)
      for (let at = 0; at < delays.length; at++) this.#heap.arm(at, START + delays[at]! * 1_000)
    }

    run(victims: Int32Array, delays: Int32Array): void {
      const heap = this.#heap
      for (let at = 0; at < victims.length; at++) {
        const victim = victims[at]!
        heap.disarm(victim)
        heap.arm(victim, START + delays[at]! * 1_000)
      }
    }

    clear(): void {}
  }
}

export function heapBeat(shift: number): new (phases: Int32Array) => Beat {
  return class implements Beat {
    readonly #heap: TimerHeap
    readonly #due: Float64Array

    constructor(phases: Int32Array) {
      this.#heap = new TimerHeap(phases.length, shift)
      this.#due = Float64Array.from(phases, (phase) => START + phase)
      for (const [timer, due] of this.#due.entries()) this.#heap.arm(timer, due)
    }

    run(count: number): number {
      const heap = this.#heap
      const due = this.#due
      const { expired } = heap
      let sum = 0
      for (let done = 0; done < count; ) {
        const length = heap.advance(heap.nextExpiry())
        for (let at = 0; at < length; at++) {
          const timer = expired[at]!
          sum += timer
          due[timer]! += PERIOD
          heap.arm(timer, due[timer]!)
        }
        done += length
      }
      return sum
    }
  }
}
