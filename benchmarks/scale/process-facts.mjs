/** What the kernel knows of this process. Linux only; elsewhere NaN. */
import { readdirSync, readFileSync } from 'node:fs'

/** How often a thread of this process has gone to sleep, and so was woken up. */
export function wakeUps() {
  try {
    return readdirSync('/proc/self/task').reduce((sum, task) => sum + voluntarySwitches(task), 0)
  } catch {
    return Number.NaN
  }
}

/** A thread that has ended since the listing counts as 0. */
function voluntarySwitches(task) {
  try {
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/self/task/${task}/status`, 'utf8'))[1])
  } catch {
    return 0
  }
}

/** Starts a measurement; the result ends it and returns the CPU, wake-ups a second and resident memory. */
export function measureProcess() {
  const before = { cpu: process.cpuUsage(), wakeUps: wakeUps(), at: performance.now() }
  return () => {
    const seconds = (performance.now() - before.at) / 1_000
    const { user, system } = process.cpuUsage(before.cpu)
    return {
      cpuPercent: (user + system) / 1e4 / seconds,
      wakeUpsPerSecond: (wakeUps() - before.wakeUps) / seconds,
      rssMegabytes: process.memoryUsage.rss() / 2 ** 20,
    }
  }
}
