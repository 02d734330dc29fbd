/** Runs as its own process: counts no-op tasks of bare `piscina.run` on one thread. Prints JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { mainThreadNanos } from './thread-cpu.mjs'

const [seconds, inFlight, atomics] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

const pool = new Piscina({
  filename: fileURLToPath(new URL('noop.mjs', import.meta.url)),
  minThreads: 1,
  maxThreads: 1,
  concurrentTasksPerWorker: inFlight,
  atomics,
})
let runs = 0
let isOver = false
const loop = async () => {
  while (!isOver) {
    await pool.run()
    runs++
  }
}
const loops = Array.from({ length: inFlight }, loop)
await sleep(1_500)
const before = { runs, cpu: mainThreadNanos(), at: process.hrtime.bigint() }
await sleep(seconds * 1_000)
const after = { runs, cpu: mainThreadNanos(), at: process.hrtime.bigint() }
isOver = true
await Promise.all(loops)
await pool.destroy()
const done = after.runs - before.runs
process.stdout.write(
  JSON.stringify({
    runs: done,
    perSecond: done / (Number(after.at - before.at) / 1e9),
    mainMicrosPerRun: (after.cpu - before.cpu) / 1e3 / done,
    skippedPerRun: 0,
  }),
)
