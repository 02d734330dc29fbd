import { defineService } from 'escapement'

const body = Buffer.alloc(5_000_000, 1)
const text = 'x'.repeat(5_000_000)

/** Throws errors with fields of 5 MB. */
export default defineService({
  name: 'thrower',
  create: () => ({
    tick() {
      throw Object.assign(new Error('too much'), { body, text })
    },
  }),
  timers: { tick: { interval: '1s' } },
})
