/** `node engine.mjs SECONDS SIDE`: measures 100 entrypoints at 10 Hz on one side of ../observers.ts. Prints JSON. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { measureThreads } from '../thread-cpu.mjs'

const [seconds, side] = [Number(process.argv[2]), process.argv[3]]
const { OBSERVERS_CHROMIUM, OBSERVERS_NICE_MS, OBSERVERS_OTHER_MS } = process.env
/** Also the time that a browser takes to show the dashboard, on a busy machine. */
const SPARE_SECONDS = 60
const WARM_UP_MS = 2_000
const TICKS_PER_SECOND = 1_000

const lateness = new SharedArrayBuffer((seconds + SPARE_SECONDS) * TICKS_PER_SECOND * 8)
const count = new SharedArrayBuffer(4)
const ticks = () => new Int32Array(count)[0]
const start = (file, ...args) => fork(fileURLToPath(new URL(file, import.meta.url)), args)

let readersDropped = 0
let watcher
const write = (line) => {
  if (!line.includes('did not keep up')) return
  readersDropped++
  watcher.send('reconnect')
}
const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  config: { lateness, count },
  http: { port: 0 },
  logger: pino({ level: 'warn' }, { write }),
})
await supervisor.start()

const helpers = []
if (side === 'watched' || side === 'dashboard') {
  watcher = start('watcher.mjs', supervisor.url)
  helpers.push(watcher)
}
if (side === 'dashboard') helpers.push(start('browser.mjs', supervisor.url, OBSERVERS_CHROMIUM))
await Promise.all(helpers.map((helper) => once(helper, 'message')))
if (side === 'burnt') {
  helpers.push(
    start('../scrape/burner.mjs', OBSERVERS_NICE_MS, '10'),
    start('../scrape/burner.mjs', OBSERVERS_OTHER_MS, '0'),
  )
}
await sleep(WARM_UP_MS)

for (const helper of helpers) helper.send('begin')
const first = ticks()
const cpuBefore = process.cpuUsage()
const busyBefore = performance.eventLoopUtilization()
const measured = measureThreads()
const begun = performance.now()
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
const sum = (values) => values.reduce((total, value) => total + value, 0)
process.stdout.write(
  JSON.stringify({
    lateness: [...new Float64Array(lateness).subarray(first, last)],
    skipped: sum(ledgers.flatMap(({ skipped }) => Object.values(skipped))),
    mainBusyPercent: utilization * 100,
    ...threads,
    cpuPercent: ((user + system) / 1e3 / elapsedMs) * 100,
    clientsCpuPercent: (sum(reports.map(({ cpuMs = 0 }) => cpuMs)) / elapsedMs) * 100,
    scrapeMs: reports.flatMap(({ scrapeMs = [] }) => scrapeMs),
    readersDropped,
  }),
)
