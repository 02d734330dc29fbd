import { readFileSync } from 'node:fs'

/** CPU time of the main thread in nanoseconds. Linux only: the thread id of the main thread is the process id. Elsewhere NaN. */
export function mainThreadNanos() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return Number.NaN
  }
}
