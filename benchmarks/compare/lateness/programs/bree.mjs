import { fileURLToPath } from 'node:url'
import Bree from 'bree'
import { blockNowAndThen, hasNeighbour, intervalMs, neighbourSeconds, scheduled } from './job.mjs'

const path = (file) => fileURLToPath(new URL(file, import.meta.url))

const bree = new Bree({
  root: false,
  logger: false,
  jobs: [
    { name: 'measured', path: path('bree-job.mjs'), interval: intervalMs },
    ...(hasNeighbour
      ? [{ name: 'neighbour', path: path('bree-neighbour.mjs'), interval: neighbourSeconds * 1_000 }]
      : []),
  ],
})
scheduled()
await bree.start()
blockNowAndThen()
