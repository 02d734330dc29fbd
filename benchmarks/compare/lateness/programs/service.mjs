/** The measured service of Escapement: one timer, whose options are the defaults but for `precise`. */
import { defineService } from '../../../../dist/src/index.js'
import { intervalMs, job, variant } from './job.mjs'

export default defineService({
  name: 'measured',
  create: () => ({
    tick: (tick) => job(tick.dueHrtime),
  }),
  timers: { tick: { interval: intervalMs / 1_000, precise: variant === 'precise off' ? false : 'auto' } },
})
