import { fileURLToPath } from 'node:url'
import cron from 'node-cron'
import { alignedToClock, blockNowAndThen, hasNeighbour, job, neighbourCron } from './job.mjs'

alignedToClock()
cron.schedule('* * * * * *', () => job())
// What computes belongs in a background task, say its docs: a process of its own.
if (hasNeighbour) cron.schedule(neighbourCron, fileURLToPath(new URL('node-cron-neighbour.mjs', import.meta.url)))
blockNowAndThen()
