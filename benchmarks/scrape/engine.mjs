/** Runs as its own process: measures a 50 ms timer beside 1,000 others, in one of the modes of ../scrape.ts. Prints JSON. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { measureThreads } from '../thread-cpu.mjs'

const [seconds, mode] = [Number(process.argv[2]), process.argv[3]]
const { SCRAPE_NICE_MS, SCRAPE_READER_MS } = process.env
const WARM_UP_SECONDS = 2
const PUNCTUAL_PER_SECOND = 20

const lateness = new SharedArrayBuffer((seconds + WARM_UP_SECONDS + 10) * PUNCTUAL_PER_SECOND * 8)
const count = new SharedArrayBuffer(4)
const ticks = () => new Int32Array(count)[0]
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

const supervisor = new Supervisor({
  modules: [here('services.mjs')],
  config: { lateness, count },
  http: { port: 0 },
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
const helpers = {
  quiet: () => [],
  scraped: () => [fork(here('reader.mjs'), [`${supervisor.url}/metrics`])],
  burnt: () => [fork(here('burner.mjs'), [SCRAPE_NICE_MS, '10']), fork(here('burner.mjs'), [SCRAPE_READER_MS, '0'])],
}[mode]()
await sleep(WARM_UP_SECONDS * 1_000)
const first = ticks()
const cpuBefore = process.cpuUsage()
const busyBefore = performance.eventLoopUtilization()
const measured = measureThreads()
const begun = performance.now()
for (const helper of helpers) helper.send('begin')
await sleep(seconds * 1_000)
const threads = measured()
const elapsedMs = performance.now() - begun
const { utilization } = performance.eventLoopUtilization(busyBefore)
const { user, system } = process.cpuUsage(cpuBefore)
const last = ticks()
const reports = await Promise.all(
  helpers.map(async (helper) => {
    helper.send('end')
    const [report] = await once(helper, 'message')
    return report
  }),
)
const ledgers = supervisor.snapshot().timers.map(({ ledger }) => ledger)
await supervisor.stop()
const { cpuMs = 0, scrapesMs = [] } = mode === 'scraped' ? reports[0] : {}
process.stdout.write(
  JSON.stringify({
    lateness: [...new Float64Array(lateness).subarray(first, last)],
    skipped: ledgers.reduce((sum, { skipped }) => sum + Object.values(skipped).reduce((all, n) => all + n, 0), 0),
    mainBusyPercent: utilization * 100,
    ...threads,
    cpuPercent: ((user + system) / 1e3 / elapsedMs) * 100,
    readerCpuPercent: (cpuMs / elapsedMs) * 100,
    scrapesPerSecond: (scrapesMs.length / elapsedMs) * 1_000,
    scrapeMs: scrapesMs,
  }),
)
