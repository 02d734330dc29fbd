/** Runs as its own process: counts no-op tasks of bare `piscina.run` on one thread. Prints JSON. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { measureThroughput } from './throughput.mjs'

const [seconds, inFlight, atomics] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

const pool = new Piscina({
  filename: fileURLToPath(new URL('noop.mjs', import.meta.url)),
  minThreads: 1,
  maxThreads: 1,
  concurrentTasksPerWorker: inFlight,
  atomics,
})
const measured = await measureThroughput(() => pool.run(), inFlight, seconds)
await pool.destroy()
process.stdout.write(JSON.stringify(measured))
