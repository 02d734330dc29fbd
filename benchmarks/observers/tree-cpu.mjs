/** The processor time of a process and of all processes that it has started and that still run. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second. */
const MS_PER_COUNT = 10

/** Unit: milliseconds. */
export function treeCpuMs(root) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => processOf(Number(pid)))
  const below = (parent) => processes.filter((one) => one.parent === parent)
  const cpuOf = ({ pid, counts }) => counts * MS_PER_COUNT + below(pid).reduce((sum, child) => sum + cpuOf(child), 0)
  return processes.filter(({ pid }) => pid === root).reduce((sum, one) => sum + cpuOf(one), 0)
}

/** Nothing when the process has ended since the listing. */
function processOf(pid) {
  try {
    // The name of the program, in parentheses, may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return [{ pid, parent: Number(fields[1]), counts: Number(fields[11]) + Number(fields[12]) }]
  } catch {
    return []
  }
}
