import { readFileSync } from 'node:fs'

/** CPU time of the main thread in nanoseconds (Linux; its id is the process's). NaN where the kernel does not tell. */
export function mainThreadNanos() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return Number.NaN
  }
}
