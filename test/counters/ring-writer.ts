/** A thread that writes recent ticks without ever resting, until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads'
import { TickRing } from '../../src/counters/tick-ring.js'
import { type RingSetup, STOP, WRITTEN, writeNumbered } from './ring-writing.js'

const { kind, progress }: RingSetup = workerData
const CAPACITY = 256

if (kind === 'unversioned') {
  // A change is neither begun nor ended.
  Atomics.add = (words, index) => words[index] as never
}
const ring = new TickRing(CAPACITY)

parentPort!.postMessage(ring.memory)
for (let number = 0; Atomics.load(progress, STOP) === 0; number++) {
  writeNumbered(ring, number)
  Atomics.store(progress, WRITTEN, number + 1)
}
