/**
 * Runs as its own process: how long it takes until a run starts on a thread that has had nothing to do, in microseconds from the call
 * to the first statement. The calls are 100 ms apart. Prints JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { POOLS } from './pools.mjs'
import { openSupervisor } from './supervisor.mjs'

const [name, seconds] = [process.argv[2], Number(process.argv[3])]
const PAUSE_MS = 100
const WARM_UP_RUNS = 5

const { run } = await (name === 'escapement' ? openSupervisor() : POOLS[name]('stamp', 1))
const startedAfter = []
for (let runs = -WARM_UP_RUNS; runs < (seconds * 1_000) / PAUSE_MS; runs++) {
  await sleep(PAUSE_MS)
  const called = Number(process.hrtime.bigint()) / 1e3
  const started = await run()
  if (runs >= 0) startedAfter.push(started - called)
}
process.stdout.write(JSON.stringify({ startedAfter }), () => process.exit())
