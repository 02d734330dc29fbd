/** Bree starts a thread with this file for each run; the thread ends with it. */
import { workerData } from 'node:worker_threads'
import { run } from './job.mjs'

await run(workerData.job)
