import { defineService } from 'escapement'

/** Has nothing to do with the services that send data. */
export default defineService({
  name: 'beat',
  create: () => ({ tick() {} }),
  timers: { tick: { interval: '50ms' } },
})
