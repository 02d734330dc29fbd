/**
 * Runs as its own process: the services of services.mjs. Prints a JSON line every so many milliseconds, and a last one when it has
 * stopped. Arguments: how long, how often, and how many times the heaps of some threads are collected; milliseconds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const [length, every, collections] = process.argv.slice(2).map(Number)
/** One of so many services has its heap collected by force. The others are left to V8's own collections. */
const EVERY = 10
const collectedServices = Array.from(
  { length: Math.ceil(process.env.SOAK_SERVICES / EVERY) },
  (_, index) => `soak_${index}`,
)
const MEGABYTE = 2 ** 20

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  http: false,
  logger: pino({ level: 'error' }, pino.destination(2)),
})
let lateness = []
supervisor.on('run.ended', (run) => {
  if (run.lateness !== undefined) lateness.push(run.lateness * 1_000)
})
const print = (report) => process.stdout.write(`${JSON.stringify(report)}\n`)
const sum = (values) => values.reduce((total, value) => total + value, 0)
const totals = () => {
  const ledgers = supervisor.snapshot().timers.map(({ ledger }) => ledger)
  return {
    due: sum(ledgers.map(({ due }) => due)),
    runs: sum(ledgers.flatMap(({ runs }) => Object.values(runs))),
    skipped: sum(ledgers.flatMap(({ skipped }) => Object.values(skipped))),
  }
}
/** Of one thread on average, in megabytes. */
const usedHeap = async () => {
  const services = collectedServices.map((name) => supervisor.remote(name))
  return sum(await Promise.all(services.map((service) => service.usedHeap()))) / services.length / MEGABYTE
}

await supervisor.start()
const start = performance.now()
const elapsed = () => performance.now() - start
let collected = 0
for (let count = 1; count * every <= length; count++) {
  await sleep(Math.max(0, count * every - elapsed()))
  const isCollected = Math.floor((count * every * collections) / length) > collected
  if (isCollected) collected++
  const { rss, heapUsed } = process.memoryUsage()
  print({
    minutes: elapsed() / 60_000,
    rssMb: rss / MEGABYTE,
    heapMb: heapUsed / MEGABYTE,
    handles: process.getActiveResourcesInfo().length,
    ...totals(),
    latenessMs: lateness,
    ...(isCollected && { usedHeapMb: await usedHeap() }),
  })
  lateness = []
}
const { killed } = await supervisor.stop()
print({ killed })
