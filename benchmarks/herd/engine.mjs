/** Runs as its own process: measures the starts of the timers of service.mjs. Prints the result as JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const TIMERS = 1_000
const seconds = Math.ceil(Number(process.argv[2]))
const WARM_UP_SECONDS = 3
const lateness = new SharedArrayBuffer((seconds + WARM_UP_SECONDS + 5) * TIMERS * 8)
const count = new SharedArrayBuffer(4)

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('service.mjs', import.meta.url))],
  config: { lateness, count },
  http: false,
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
// Half an interval after a herd, nothing is in progress.
await sleep((WARM_UP_SECONDS + 0.5) * 1_000)
const first = new Int32Array(count)[0]
await sleep(seconds * 1_000)
const last = new Int32Array(count)[0]
const { timers } = supervisor.snapshot()
const skipped = timers.reduce((sum, { ledger }) => sum + Object.values(ledger.skipped).reduce((a, b) => a + b, 0), 0)
await supervisor.stop()
const starts = [...new Float64Array(lateness).subarray(first, last)]
const herds = Array.from({ length: Math.floor(starts.length / TIMERS) }, (_, herd) =>
  starts.slice(herd * TIMERS, (herd + 1) * TIMERS),
)
process.stdout.write(JSON.stringify({ lateness: starts, lastStart: herds.map((herd) => Math.max(...herd)), skipped }))
