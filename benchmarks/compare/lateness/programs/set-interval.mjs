import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds, scheduled } from './job.mjs'

scheduled()
setInterval(() => job(), intervalMs)
if (hasNeighbour) setInterval(neighbour, neighbourSeconds * 1_000)
blockNowAndThen()
