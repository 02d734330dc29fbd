import { Cron } from 'croner'
import { alignedToClock, blockNowAndThen, hasNeighbour, job, neighbour, neighbourCron } from './job.mjs'

alignedToClock()
new Cron('* * * * * *', () => job())
if (hasNeighbour) new Cron(neighbourCron, neighbour)
blockNowAndThen()
