/**
 * The pools that are compared, each with one thread. `open(task, inFlight)` makes one whose thread may be given as many tasks at once;
 * `task` is `noop` or `stamp`. Everything else is as each pool has it by default.
 */
import { fileURLToPath } from 'node:url'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))

const piscina = (atomics) => async (task, inFlight) => {
  const { Piscina } = await import('piscina')
  const pool = new Piscina({
    filename: here('tasks.mjs'),
    name: task,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: inFlight,
    ...(atomics && { atomics }),
  })
  return { run: () => pool.run(), close: () => pool.destroy() }
}

export const POOLS = {
  piscina: piscina(),
  'piscina, atomics async': piscina('async'),

  async tinypool(task, inFlight) {
    const { Tinypool } = await import('tinypool')
    const pool = new Tinypool({
      filename: here('tasks.mjs'),
      name: task,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: inFlight,
    })
    return { run: () => pool.run(undefined), close: () => pool.destroy() }
  },

  // It gives a thread any number of tasks at once.
  async poolifier(task) {
    const { FixedThreadPool } = await import('poolifier')
    const pool = new FixedThreadPool(1, here('poolifier-tasks.mjs'))
    return { run: () => pool.execute(undefined, task), close: () => pool.destroy() }
  },

  // It gives a thread one task at a time; the others wait in its queue.
  async workerpool(task) {
    const { default: workerpool } = await import('workerpool')
    const pool = workerpool.pool(here('workerpool-tasks.mjs'), {
      minWorkers: 1,
      maxWorkers: 1,
      workerType: 'thread',
    })
    return { run: () => pool.exec(task), close: () => pool.terminate() }
  },
}
