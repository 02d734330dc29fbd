/** Counts how many runs a pool ends in a second, with a constant number of them in flight. */
import { setTimeout as sleep } from 'node:timers/promises'
import { mainThreadNanos } from './thread-cpu.mjs'

const WARM_UP_MS = 1_500

/** @param run starts one run and resolves when it has ended. */
export async function measureThroughput(run, inFlight, seconds) {
  let runs = 0
  let isOver = false
  const loop = async () => {
    while (!isOver) {
      await run()
      runs++
    }
  }
  const loops = Array.from({ length: inFlight }, loop)
  await sleep(WARM_UP_MS)
  const before = { runs, cpu: mainThreadNanos(), at: process.hrtime.bigint() }
  await sleep(seconds * 1_000)
  const after = { runs, cpu: mainThreadNanos(), at: process.hrtime.bigint() }
  isOver = true
  await Promise.all(loops)
  const done = after.runs - before.runs
  return {
    runs: done,
    perSecond: done / (Number(after.at - before.at) / 1e9),
    mainMicrosPerRun: (after.cpu - before.cpu) / 1e3 / done,
    skippedPerRun: 0,
  }
}
