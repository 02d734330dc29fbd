/** Runs as its own process: traces the stages of the ticks of service.mjs. Prints them as JSON, one list for each tick. */
import { subscribe } from 'node:diagnostics_channel'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'

const [seconds, place] = [Number(process.argv[2]), process.argv[3]]
/** Threads that keep a core busy. */
const burners = { idle: 0, neighbour: 1, burning: availableParallelism() }[place]
const WARM_UP_SECONDS = 2
const WIDTH = 6
const rows = new SharedArrayBuffer((Math.ceil(seconds + WARM_UP_SECONDS) * 10 + 100) * WIDTH * 8)
const count = new SharedArrayBuffer(4)
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

/** By due moment: when the alarm was due, when it came, when the tick was being sent, and when it had been. */
const sent = new Map()
let alarm = { dueMono: 0, at: 0 }
let sendingAt = 0
subscribe('escapement:stage', (reached) => {
  if (reached.stage === 'woken') alarm = reached
  else if (reached.stage === 'sending') sendingAt = reached.at
  else sent.set(reached.dueMono, [alarm.dueMono, alarm.at, sendingAt, reached.at])
})

const supervisor = new Supervisor({
  modules: [here('service.mjs'), ...(burners > 0 ? [here('../lateness/burner.mjs')] : [])],
  config: { rows, count, burners, escapement: { shutdown: { drain: 0 } } },
  http: false,
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
await sleep(WARM_UP_SECONDS * 1_000)
const first = new Int32Array(count)[0]
await sleep(seconds * 1_000)
const last = new Int32Array(count)[0]
await supervisor.stop()
const ticks = Array.from({ length: last - first }, (_, index) => {
  const [due, ...onThread] = new Float64Array(rows, (first + index) * WIDTH * 8, WIDTH)
  const onMain = sent.get(due)
  return onMain && [...onMain, ...onThread, due]
})
process.stdout.write(JSON.stringify({ ticks: ticks.filter((tick) => tick !== undefined) }))
