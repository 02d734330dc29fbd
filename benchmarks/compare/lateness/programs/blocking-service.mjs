/** `escapement run` runs no user code on its main thread: what would block it blocks the thread of its service. */
import { defineService } from '../../../../dist/src/index.js'
import { BLOCKED_SECONDS, block } from './job.mjs'

export default defineService({
  name: 'blocking',
  create: () => ({
    compute: () => block(),
  }),
  timers: { compute: { interval: BLOCKED_SECONDS.every } },
})
