/** Runs as its own process: measures bare `piscina.run` from the main thread to a thread and back. Prints JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'

const [seconds, count, atomics] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

const pool = new Piscina({
  filename: fileURLToPath(new URL('echo.mjs', import.meta.url)),
  minThreads: 1,
  maxThreads: 1,
  concurrentTasksPerWorker: 64,
  atomics,
})

async function roundTrips(count, pauseMillis) {
  const micros = []
  for (let call = 0; call < count; call++) {
    if (pauseMillis > 0) await sleep(pauseMillis)
    const before = process.hrtime.bigint()
    await pool.run(call)
    micros.push(Number(process.hrtime.bigint() - before) / 1_000)
  }
  return micros
}

await roundTrips(2_000, 0)
const idle = await roundTrips(count, 2)
const busy = await roundTrips(count, 0)
let calls = 0
const begun = process.hrtime.bigint()
const end = begun + BigInt(Math.round(seconds * 1e9))
const loop = async () => {
  while (process.hrtime.bigint() < end) {
    await pool.run(calls)
    calls++
  }
}
await Promise.all(Array.from({ length: 64 }, loop))
const perSecond = calls / (Number(process.hrtime.bigint() - begun) / 1e9)
await pool.destroy()
process.stdout.write(JSON.stringify({ idle, busy, perSecond }))
