import { Queue, Worker } from 'bullmq'
import { blockNowAndThen, hasNeighbour, intervalMs, jobDueAt, neighbourSeconds, serverUrl } from './job.mjs'

const { hostname: host, port } = new URL(serverUrl)
const connection = { host, port: Number(port) }
const opts = { removeOnComplete: true, removeOnFail: true }

/** The id of a scheduled job ends with its due moment: repeat:<scheduler>:<milliseconds>. */
new Worker('measured', async ({ id }) => jobDueAt(id.split(':').at(-1)), { connection })
await new Queue('measured', { connection }).upsertJobScheduler('measured', { every: intervalMs }, { opts })

if (hasNeighbour) {
  // What computes belongs in a sandboxed processor, say its docs: a process of its own.
  new Worker('neighbour', new URL('bullmq-neighbour.mjs', import.meta.url), { connection })
  await new Queue('neighbour', { connection }).upsertJobScheduler(
    'neighbour',
    { every: neighbourSeconds * 1_000 },
    { opts },
  )
}
blockNowAndThen()
