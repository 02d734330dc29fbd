import { defineService } from '../../../../dist/src/index.js'
import { neighbour, neighbourSeconds } from './job.mjs'

export default defineService({
  name: 'neighbour',
  create: () => ({
    compute: () => neighbour(),
  }),
  timers: { compute: { interval: neighbourSeconds } },
})
