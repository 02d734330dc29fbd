import { defineService, Logger } from 'escapement'

export default defineService({
  name: 'beat',
  dependencies: { log: Logger },
  create({ log }) {
    let beats = 0
    return {
      work() {
        beats += 1
      },
      report: (tick) => log.info({ beats, lateMs: tick.latenessMs }, 'beats so far'),
    }
  },
  timers: { work: { interval: '100ms', timeout: '1s' }, report: { interval: '10s' } },
})
