import NanoTimer from 'nanotimer'
import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds, scheduled } from './job.mjs'

scheduled()
new NanoTimer().setInterval(() => job(), '', `${intervalMs}m`)
if (hasNeighbour) new NanoTimer().setInterval(neighbour, '', `${neighbourSeconds}s`)
blockNowAndThen()
