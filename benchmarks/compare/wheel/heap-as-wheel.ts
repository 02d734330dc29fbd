/** Takes the place of the module of the timing wheel: the heap of which `HEAP_SHIFT` says how many children a node has. */
import { TimerHeap } from './timer-heap.js'

const SHIFT = Number(process.env.HEAP_SHIFT)

export class TimingWheel extends TimerHeap {
  constructor({ timers }: { readonly timers: number }) {
    super(timers, SHIFT)
  }
}
