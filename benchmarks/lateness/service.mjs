/** The measured service: a 100 ms timer with default options, whose first statement reads the clock. */
import { Config, defineService } from 'escapement'

export default defineService({
  name: 'punctual',
  dependencies: { config: Config },
  create({ config }) {
    const lateness = new Float64Array(config.get('lateness'))
    const count = new Int32Array(config.get('count'))
    return {
      tick(tick) {
        const now = process.hrtime.bigint()
        lateness[count[0]++] = Number(now - tick.dueHrtime) / 1_000
      },
    }
  },
  timers: { tick: { interval: 0.1 } },
})
