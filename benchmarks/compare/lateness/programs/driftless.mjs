import { setDriftlessInterval } from 'driftless'
import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds, scheduled } from './job.mjs'

scheduled()
setDriftlessInterval(() => job(), intervalMs)
if (hasNeighbour) setDriftlessInterval(neighbour, neighbourSeconds * 1_000)
blockNowAndThen()
