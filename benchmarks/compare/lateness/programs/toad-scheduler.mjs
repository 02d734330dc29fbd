import { AsyncTask, SimpleIntervalJob, Task, ToadScheduler } from 'toad-scheduler'
import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds, scheduled } from './job.mjs'

const scheduler = new ToadScheduler()
const task = new AsyncTask('measured', async () => job())
scheduled()
scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ milliseconds: intervalMs }, task))
if (hasNeighbour) {
  scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ seconds: neighbourSeconds }, new Task('neighbour', neighbour)))
}
blockNowAndThen()
