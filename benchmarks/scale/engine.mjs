/** Runs as its own process: the entrypoints of services.mjs on the engine. Prints the result as JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { measureProcess } from './process-facts.mjs'

const seconds = Number(process.argv[2])
const capacity = Number(process.argv[3])
const WARM_UP_SECONDS = 2
const SCRAPES = 5

const lateness = new SharedArrayBuffer(capacity * 8)
const count = new SharedArrayBuffer(4)
const seen = () => Math.min(new Int32Array(count)[0], capacity)

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  config: { lateness, count },
  http: { port: 0 },
  logger: pino({ level: 'silent' }),
})
const begun = performance.now()
await supervisor.start()
const readyMs = performance.now() - begun
await sleep(WARM_UP_SECONDS * 1_000)
const first = seen()
const end = measureProcess()
await sleep(seconds * 1_000)
const measured = end()
const last = seen()

const scrapesMs = []
let scrapeBytes = 0
for (let scrape = 0; scrape < SCRAPES; scrape++) {
  const at = performance.now()
  scrapeBytes = (await (await fetch(`${supervisor.url}/metrics`)).text()).length
  scrapesMs.push(performance.now() - at)
}
const ledgers = supervisor.snapshot().timers.map(({ ledger }) => ledger)
await supervisor.stop()
process.stdout.write(
  JSON.stringify({
    ...measured,
    readyMs,
    lateness: [...new Float64Array(lateness).subarray(first, last)],
    skipped: ledgers.reduce((sum, { skipped }) => sum + Object.values(skipped).reduce((all, n) => all + n, 0), 0),
    scrapeMs: scrapesMs.sort((a, b) => a - b)[Math.floor(SCRAPES / 2)],
    scrapeBytes,
  }),
)
