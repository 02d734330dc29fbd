/** Runs as its own process: counts no-op runs of the engine on one thread. Prints JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { mainThreadNanos } from './thread-cpu.mjs'

const seconds = Number(process.argv[2])

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('service.mjs', import.meta.url))],
  http: false,
  processMetrics: false,
  logger: pino({ level: 'silent' }),
})
const counts = () => {
  const { timers } = supervisor.snapshot()
  return timers.reduce((sum, { ledger }) => sum + ledger.runs.completed, 0)
}
await supervisor.start()
await sleep(1_500)
const before = { runs: counts(), cpu: mainThreadNanos(), at: process.hrtime.bigint() }
await sleep(seconds * 1_000)
const after = { runs: counts(), cpu: mainThreadNanos(), at: process.hrtime.bigint() }
const ledgers = supervisor.snapshot().timers.map(({ ledger }) => ledger)
await supervisor.stop()
const runs = after.runs - before.runs
process.stdout.write(
  JSON.stringify({
    runs,
    perSecond: runs / (Number(after.at - before.at) / 1e9),
    mainMicrosPerRun: (after.cpu - before.cpu) / 1e3 / runs,
    skippedPerRun: ledgers.reduce((sum, { skipped }) => sum + skipped.superseded + skipped.missed, 0) / counts(),
  }),
)
