/** A service that keeps a core busy without pause. */
import { defineService } from 'escapement'

export default defineService({
  name: 'burner',
  create: () => ({
    burn(tick) {
      while (!tick.aborted) Math.sqrt(Math.random())
    },
  }),
  timers: { burn: { interval: 0.1, eager: true } },
})
