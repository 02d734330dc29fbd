/** Its tickets are in the queue before it starts. Each run notes when it began, in milliseconds on the monotonic clock. */
import { Config, defineService } from 'escapement'
import { monotonicMillis, noteIn } from './measured.mjs'
import { hash } from './work.mjs'

export default defineService({
  name: 'jobs',
  threads: Number(process.env.QUEUE_THREADS),
  dependencies: { config: Config },
  create({ config }) {
    const note = noteIn(config.get('measured'))
    const megabytes = config.get('megabytes')
    return {
      run() {
        note(monotonicMillis())
        hash(megabytes)
      },
    }
  },
  timers: { run: { interval: '1d', scope: 'queue', overlap: 'allow' } },
})
