/** A worker thread that does nothing but say that it is up and how large its heap is. Its port keeps it alive. */
import { parentPort } from 'node:worker_threads'
import { usedHeap } from './used-heap.mjs'

parentPort.on('message', () => {})
parentPort.postMessage(usedHeap())
