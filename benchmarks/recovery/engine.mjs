/** Runs as its own process: a 100 ms job whose every second run hangs and is killed at its time-out. Prints JSON. */
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const [standby, kills, hangs] = [process.argv[2] === 'standby', Number(process.argv[3]), process.argv[4] !== 'calm']
const starts = new SharedArrayBuffer(8)
const now = () => Number(process.hrtime.bigint()) / 1e6

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  config: { starts, hangs, escapement: { shutdown: { drain: 0 }, services: { hanging: { standby } } } },
  http: false,
  logger: pino({ level: 'silent' }),
})
const killedAt = []
const startedAfter = []
const neighbour = []
let enough
const done = new Promise((resolve) => {
  enough = resolve
})
supervisor.on('thread.exited', ({ reason }) => {
  if (reason === 'killed') killedAt.push(now())
})
supervisor.on('run.ended', ({ entrypoint, outcome, lateness }) => {
  if (entrypoint === 'neighbour.beat') {
    neighbour.push(lateness * 1e6)
    if (!hangs && neighbour.length >= kills * 6) enough()
    return
  }
  if (outcome !== 'completed' || startedAfter.length >= killedAt.length) return
  startedAfter.push(new Float64Array(starts)[0] - killedAt[startedAfter.length])
  if (startedAfter.length >= kills) enough()
})
await supervisor.start()
await done
const { ledger } = supervisor.snapshot().timers.find((timer) => timer.id === 'neighbour.beat')
const skipped = Object.values(ledger.skipped).reduce((sum, n) => sum + n, 0)
await supervisor.stop()
process.stdout.write(JSON.stringify({ startedAfter, neighbour: neighbour.slice(10), skipped }))
