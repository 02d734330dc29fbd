/** How busy the machine is before a part begins. The load average would also count the part before it for minutes. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { sum } from '../statistics.js'

const SAMPLED_MS = 2_000

/** How many cores other programs keep busy, on average over two seconds. This process waits meanwhile. */
export async function busyCores(): Promise<number> {
  const before = times()
  await sleep(SAMPLED_MS)
  const after = times()
  const busy = after.busyMs - before.busyMs
  const all = after.allMs - before.allMs
  return Number(((cpus().length * busy) / all).toFixed(2))
}

function times(): { readonly busyMs: number; readonly allMs: number } {
  const cores = cpus().map(({ times: { idle, ...busy } }) => {
    const busyMs = sum.of(Object.values(busy))
    return { busyMs, allMs: busyMs + idle }
  })
  return { busyMs: sum.of(cores.map(({ busyMs }) => busyMs)), allMs: sum.of(cores.map(({ allMs }) => allMs)) }
}
