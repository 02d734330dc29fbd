import schedule from 'node-schedule'
import { alignedToClock, blockNowAndThen, hasNeighbour, job, neighbour, neighbourCron } from './job.mjs'

alignedToClock()
schedule.scheduleJob('* * * * * *', () => job())
if (hasNeighbour) schedule.scheduleJob(neighbourCron, neighbour)
blockNowAndThen()
