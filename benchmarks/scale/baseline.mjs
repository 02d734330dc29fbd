/** Runs as its own process: bare Workers, each with a `setInterval` for each of its entrypoints. Prints the result as JSON. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { measureProcess } from './process-facts.mjs'
import { sizesOfThreads } from './shapes.mjs'

const [seconds, capacity] = [Number(process.argv[2]), Number(process.argv[3])]
const { SCALE_SHAPE, SCALE_COUNT, SCALE_INTERVAL_MS } = process.env
const WARM_UP_SECONDS = 2

const lateness = new SharedArrayBuffer(capacity * 8)
const count = new SharedArrayBuffer(4)
const seen = () => Math.min(new Int32Array(count)[0], capacity)

const program = `
  const { parentPort, workerData } = require('node:worker_threads')
  const lateness = new Float64Array(workerData.lateness)
  const count = new Int32Array(workerData.count)
  const now = () => Number(process.hrtime.bigint()) / 1_000
  const start = now()
  for (let timer = 0; timer < workerData.size; timer++) {
    let k = 0
    setInterval(() => {
      const late = now() - (start + ++k * workerData.intervalMs * 1_000)
      const at = Atomics.add(count, 0, 1)
      if (at < lateness.length) lateness[at] = late
    }, workerData.intervalMs)
  }
  parentPort.postMessage('ready')
`

const begun = performance.now()
const workers = sizesOfThreads(SCALE_SHAPE, Number(SCALE_COUNT)).map(
  (size) =>
    new Worker(program, { eval: true, workerData: { lateness, count, size, intervalMs: Number(SCALE_INTERVAL_MS) } }),
)
await Promise.all(workers.map((worker) => once(worker, 'message')))
const readyMs = performance.now() - begun
await sleep(WARM_UP_SECONDS * 1_000)
const first = seen()
const end = measureProcess()
await sleep(seconds * 1_000)
const measured = end()
const samples = [...new Float64Array(lateness).subarray(first, seen())]
await Promise.all(workers.map((worker) => worker.terminate()))
process.stdout.write(JSON.stringify({ ...measured, readyMs, lateness: samples }))
