/** A tick every 100 ms through the queue. Each run notes how late it began, in milliseconds. */
import { Config, defineService } from 'escapement'
import { latenessOf, noteIn } from './measured.mjs'

export default defineService({
  name: 'beats',
  threads: Number(process.env.QUEUE_THREADS),
  dependencies: { config: Config },
  create({ config }) {
    const note = noteIn(config.get('measured'))
    const lateness = latenessOf()
    return { run: (tick) => note(lateness(tick.dueAt.getTime())) }
  },
  timers: { run: { interval: '100ms', scope: 'queue', overlap: 'allow', startDeadline: '10s' } },
})
