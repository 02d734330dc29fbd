/** `DISPATCH_LANES` no-op timers. With `overlap: 'wait'` a waiting tick starts as soon as the previous run has ended. */
import { defineService } from 'escapement'

const LANES = Number(process.env.DISPATCH_LANES)
const names = Array.from({ length: LANES }, (_, index) => `noop${index}`)

export default defineService({
  name: 'noops',
  create: () => Object.fromEntries(names.map((name) => [name, () => {}])),
  timers: Object.fromEntries(names.map((name) => [name, { interval: '8ms', overlap: 'wait', startDeadline: '1s' }])),
})
