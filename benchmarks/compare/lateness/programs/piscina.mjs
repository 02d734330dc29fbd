/** What a careful programmer builds without a supervisor: a pool of threads, a timer, and a flag that keeps runs from overlapping. */
import { Piscina } from 'piscina'
import { blockNowAndThen, hasNeighbour, intervalMs, neighbourSeconds, scheduled } from './job.mjs'

const pool = new Piscina({ filename: new URL('piscina-jobs.mjs', import.meta.url).href })

function every(milliseconds, name) {
  let isRunning = false
  setInterval(async () => {
    if (isRunning) return
    isRunning = true
    try {
      await pool.run(undefined, { name })
    } finally {
      isRunning = false
    }
  }, milliseconds)
}

scheduled()
every(intervalMs, 'measured')
if (hasNeighbour) every(neighbourSeconds * 1_000, 'neighbour')
blockNowAndThen()
