/** How busy the machine is before a part begins. The load average would also count the part before it for minutes. */
import { type CpuInfo, cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { sum } from '../statistics.js'

type Times = Pick<CpuInfo, 'times'>

/** How many cores other programs keep busy, on average over so many milliseconds. This process waits meanwhile. */
export async function busyCores(sampledMs: number): Promise<number> {
  const before = cpus()
  await sleep(sampledMs)
  return Number(busyBetween(before, cpus()).toFixed(2))
}

/** How many cores were busy on average between two looks at the times of each core. Pure. */
export function busyBetween(before: readonly Times[], after: readonly Times[]): number {
  const busy = busyMs(after) - busyMs(before)
  const idle = idleMs(after) - idleMs(before)
  return (after.length * busy) / (busy + idle)
}

function busyMs(cores: readonly Times[]): number {
  return sum.of(cores.flatMap(({ times: { idle: _, ...busy } }) => Object.values(busy)))
}

function idleMs(cores: readonly Times[]): number {
  return sum.of(cores.map(({ times }) => times.idle))
}
