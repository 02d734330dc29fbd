/**
 * Processor time of single threads of this process, as Linux counts it. Elsewhere NaN.
 *
 * The utilisation of an event loop is measured by the clock: it rises when the thread has to wait for a core. These numbers do not.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Time on a core, and time in which the thread could run and had no core. Unit: milliseconds. */
function timesOf(task) {
  try {
    const [running, waiting] = readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ')
    return { running: Number(running) / 1e6, waiting: Number(waiting) / 1e6 }
  } catch {
    return { running: Number.NaN, waiting: Number.NaN }
  }
}

/** The threads whose niceness is 10: the admin thread. */
function niceTasks() {
  try {
    return readdirSync('/proc/self/task').filter((task) => {
      // The name of the thread, in parentheses, may contain spaces. The niceness is the 17th number after it.
      const afterName = readFileSync(`/proc/self/task/${task}/stat`, 'utf8').split(') ').at(-1)
      return afterName.split(' ')[16] === '10'
    })
  } catch {
    return []
  }
}

const sum = (values) => values.reduce((total, value) => total + value, 0)

/** Starts a measurement of the main thread and of the admin thread; the result ends it. Unit: percent of a core. */
export function measureThreads() {
  const nice = niceTasks()
  const read = () => ({
    at: performance.now(),
    main: timesOf(process.pid),
    admin: sum(nice.map((task) => timesOf(task).running)),
  })
  const before = read()
  return () => {
    const after = read()
    const percent = (milliseconds) => (100 * milliseconds) / (after.at - before.at)
    return {
      mainCpuPercent: percent(after.main.running - before.main.running),
      mainWaitPercent: percent(after.main.waiting - before.main.waiting),
      adminCpuPercent: percent(after.admin - before.admin),
    }
  }
}
