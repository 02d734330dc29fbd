/** What a thread of Piscina, and a process of BullMQ, runs. BullMQ passes a job with `data`. */
import { run } from './job.mjs'

export default (given) => run(given.data ?? given)
