/** A 50 ms timer whose first statement reads the clock, and 1,000 timers of one second on another thread. */
import { Config, defineService } from 'escapement'

const OTHERS = Array.from({ length: 1_000 }, (_, index) => `work_${index}`)

export const punctual = defineService({
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
  timers: { tick: { interval: '50ms' } },
})

export const others = defineService({
  name: 'others',
  create: () => Object.fromEntries(OTHERS.map((method) => [method, () => {}])),
  timers: Object.fromEntries(OTHERS.map((method) => [method, { interval: '1s', spread: true }])),
})
