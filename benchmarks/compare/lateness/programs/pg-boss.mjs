/**
 * Its schedules have a floor of one minute, so each job sends the next one with `startAfter`. The queue is polled twice a second,
 * the most that pg-boss allows.
 */
import PgBoss from 'pg-boss'
import { blockNowAndThen, hasNeighbour, intervalMs, jobDueAt, neighbour, neighbourSeconds, serverUrl } from './job.mjs'

const boss = new PgBoss(serverUrl)
boss.on('error', console.error)
await boss.start()

async function every(queue, milliseconds, run) {
  const send = (due) => boss.send(queue, { due }, { startAfter: new Date(due) })
  await boss.createQueue(queue)
  await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async ([{ data }]) => {
    run(data.due)
    await send(Math.max(data.due, Math.floor(Date.now() / milliseconds) * milliseconds) + milliseconds)
  })
  await send(Math.ceil(Date.now() / milliseconds) * milliseconds)
}

await every('measured', intervalMs, jobDueAt)
if (hasNeighbour) await every('neighbour', neighbourSeconds * 1_000, neighbour)
blockNowAndThen()
