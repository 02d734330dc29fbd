import { CronJob } from 'cron'
import { alignedToClock, blockNowAndThen, hasNeighbour, job, neighbour, neighbourCron } from './job.mjs'

alignedToClock()
CronJob.from({ cronTime: '* * * * * *', onTick: () => job(), start: true })
if (hasNeighbour) CronJob.from({ cronTime: neighbourCron, onTick: neighbour, start: true })
blockNowAndThen()
