/** The timer that a careful programmer writes: due at `start + i * interval`, never more than one run late. */
import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds } from './job.mjs'

function every(milliseconds, run) {
  const interval = BigInt(milliseconds) * 1_000_000n
  const start = process.hrtime.bigint()
  let due = start
  const arm = () => {
    due += interval
    const delay = Number(due - process.hrtime.bigint()) / 1e6
    setTimeout(fire, Math.max(0, delay))
  }
  const fire = () => {
    run(due)
    const late = process.hrtime.bigint() - due
    if (late > interval) due += (late / interval) * interval
    arm()
  }
  arm()
}

every(intervalMs, job)
if (hasNeighbour) every(neighbourSeconds * 1_000, neighbour)
blockNowAndThen()
