import { setTimeout as sleep } from 'node:timers/promises'

const MEGABYTE = 2 ** 20

/** How long memory may settle after a start, in milliseconds. */
const SETTLE = 500

/** Starts threads with `start`, which resolves to the sizes of their heaps, and prints what that took as JSON. */
export async function measureStart(start) {
  const begun = performance.now()
  const heaps = await start()
  const readyMs = performance.now() - begun
  const { user, system } = process.cpuUsage()
  await sleep(SETTLE)
  const heapMb = heaps.reduce((sum, bytes) => sum + bytes, 0) / heaps.length / MEGABYTE
  const result = { readyMs, cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / MEGABYTE, heapMb }
  process.stdout.write(JSON.stringify(result))
}
