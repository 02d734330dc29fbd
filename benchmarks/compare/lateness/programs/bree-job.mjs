/** Runs in a new thread for each tick. The clock is read before anything is imported that only the measurement needs. */
import { parentPort } from 'node:worker_threads'

const at = process.hrtime.bigint()
const { ran } = await import('./job.mjs')
await ran(at)
parentPort.postMessage('done')
