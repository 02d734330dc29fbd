/** Runs as its own process: measures a plain `setTimeout` or `setInterval`. Prints the result as JSON. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const [kind, seconds, place] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const warmUpSeconds = Number(process.argv[5] ?? 2)
/** Threads that keep a core busy. */
const burners = { idle: 0, neighbour: 1, burning: availableParallelism() }[place]
const PERIOD = 100
const lateness = []
const now = () => Number(process.hrtime.bigint()) / 1_000

for (let count = 0; count < burners; count++) new Worker('for (;;) Math.sqrt(Math.random())', { eval: true })
await sleep(warmUpSeconds * 1_000)

const cpuBefore = process.cpuUsage()
const start = now()

const starters = {
  // The k-th call is due k periods after the start.
  setInterval() {
    let k = 0
    const timer = setInterval(() => lateness.push(now() - (start + ++k * PERIOD * 1_000)), PERIOD)
    return () => clearInterval(timer)
  },
  'setTimeout, self-correcting'() {
    let k = 1
    let timer
    const arm = () => {
      timer = setTimeout(
        () => {
          lateness.push(now() - (start + k * PERIOD * 1_000))
          k++
          arm()
        },
        Math.max(0, (start + k * PERIOD * 1_000 - now()) / 1_000),
      )
    }
    arm()
    return () => clearTimeout(timer)
  },
}
const stop = starters[kind]()
await sleep(seconds * 1_000)
stop()
const { user, system } = process.cpuUsage(cpuBefore)
process.stdout.write(
  JSON.stringify({ lateness, cpuPercent: ((user + system) / (now() - start)) * 100, skipped: 0 }),
  () => process.exit(),
)
