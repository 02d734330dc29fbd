/** A service whose threads (config `burners`) each keep a core busy without pause. */
import { defineService, fromConfig } from 'escapement'

export default defineService({
  name: 'burner',
  threads: fromConfig('burners'),
  create: () => ({
    burn(tick) {
      while (!tick.aborted) Math.sqrt(Math.random())
    },
  }),
  timers: { burn: { interval: 0.1, eager: true, overlap: 'allow', concurrency: fromConfig('burners') } },
})
