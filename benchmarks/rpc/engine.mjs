/** Runs as its own process: measures calls from a thread over the main thread to another thread and back. Prints JSON. */
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const [seconds, count] = [Number(process.argv[2]), Number(process.argv[3])]

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  http: false,
  processMetrics: false,
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
const caller = supervisor.remote('caller', { timeout: '10m' })
await caller.roundTrips(2_000, 0)
const idle = await caller.roundTrips(count, 2)
const busy = await caller.roundTrips(count, 0)
const perSecond = await caller.throughput(seconds, 64)
await supervisor.stop()
process.stdout.write(JSON.stringify({ idle, busy, perSecond }))
