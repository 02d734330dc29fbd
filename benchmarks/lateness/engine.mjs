/** Runs as its own process: measures the timer of service.mjs on the engine. Prints the result as JSON. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const [seconds, place, warmUpSeconds] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4] ?? 2)]
/** Threads that keep a core busy. */
const burners = { idle: 0, neighbour: 1, burning: availableParallelism() }[place]
const expected = Math.ceil((seconds + warmUpSeconds) * 10) + 100
const lateness = new SharedArrayBuffer(expected * 8)
const count = new SharedArrayBuffer(4)
const ticks = () => new Int32Array(count)[0]
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

const supervisor = new Supervisor({
  modules: [here('service.mjs'), ...(burners > 0 ? [here('burner.mjs')] : [])],
  config: { lateness, count, burners, escapement: { shutdown: { drain: 0 } } },
  http: false,
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
await sleep(warmUpSeconds * 1_000)
const first = ticks()
const cpuBefore = process.cpuUsage()
const begun = process.hrtime.bigint()
await sleep(seconds * 1_000)
const elapsed = Number(process.hrtime.bigint() - begun) / 1_000
const { user, system } = process.cpuUsage(cpuBefore)
const last = ticks()
const { ledger } = supervisor.snapshot().timers.find((timer) => timer.id === 'punctual.tick')
const skipped = Object.values(ledger.skipped).reduce((sum, n) => sum + n, 0)
await supervisor.stop()
process.stdout.write(
  JSON.stringify({
    lateness: [...new Float64Array(lateness).subarray(first, last)],
    cpuPercent: ((user + system) / elapsed) * 100,
    skipped,
  }),
)
