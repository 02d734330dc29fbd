/** How each contender runs the job every 100 ms, stops a run after `timeoutMs`, and gives it 64 MB. */
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'

const INTERVAL_MS = 100
const HEAP_MB = 64
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

const escapement =
  ({ standby }) =>
  async (job) => {
    const { Supervisor } = await import('../../../dist/src/index.js')
    const supervisor = new Supervisor({
      modules: [here('service.mjs')],
      config: {
        job,
        timeout: job.timeoutMs / 1_000,
        // A run that hangs does not look at its signal. The others get no time after the time-out either.
        grace: 0,
        escapement: { services: { failing: { standby } } },
      },
      http: false,
      logger: pino({ level: 'silent' }),
    })
    await supervisor.start()
  }

export const DRIVERS = {
  Escapement: escapement({ standby: false }),
  'Escapement, standby': escapement({ standby: true }),

  async bree(job) {
    const { default: Bree } = await import('bree')
    const bree = new Bree({
      root: false,
      doRootCheck: false,
      logger: false,
      errorHandler: () => {},
      jobs: [
        {
          name: 'failing',
          path: here('bree-job.mjs'),
          interval: INTERVAL_MS,
          closeWorkerAfterMs: job.timeoutMs,
          worker: { workerData: { job }, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } },
        },
      ],
    })
    await bree.start()
  },

  async 'BullMQ, sandboxed'(job) {
    const { Queue, Worker } = await import('bullmq')
    const { hostname, port } = new URL(process.env.RECOVERY_REDIS)
    const connection = { host: hostname, port: Number(port) }
    const queue = new Queue('failing', { connection })
    await queue.upsertJobScheduler(
      'every',
      { every: INTERVAL_MS },
      { name: 'failing', data: job, opts: { removeOnComplete: true, removeOnFail: true } },
    )
    const worker = new Worker('failing', here('pool-job.mjs'), {
      connection,
      workerForkOptions: { execArgv: [`--max-old-space-size=${HEAP_MB}`], silent: true },
    })
    worker.on('error', () => {})
  },

  async 'piscina + setInterval'(job) {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: here('pool-job.mjs'),
      minThreads: 1,
      maxThreads: 1,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    pool.on('error', () => {})
    let isBusy = false
    setInterval(async () => {
      if (isBusy) return
      isBusy = true
      try {
        await pool.run(job, { signal: AbortSignal.timeout(job.timeoutMs) })
      } catch {
        // The next tick tries again.
      } finally {
        isBusy = false
      }
    }, INTERVAL_MS)
  },
}
