/** 100 entrypoints that tick ten times a second, on four threads. The first statement of each reads the clock. */
import { Config, defineService } from 'escapement'

const SERVICES = 4
const METHODS = Array.from({ length: 25 }, (_, index) => `work_${index}`)

const make = (index) =>
  defineService({
    name: `observed_${index}`,
    dependencies: { config: Config },
    create({ config }) {
      const lateness = new Float64Array(config.get('lateness'))
      const count = new Int32Array(config.get('count'))
      const work = (tick) => {
        const now = process.hrtime.bigint()
        const at = Atomics.add(count, 0, 1)
        if (at < lateness.length) lateness[at] = Number(now - tick.dueHrtime) / 1_000
      }
      return Object.fromEntries(METHODS.map((method) => [method, work]))
    },
    timers: Object.fromEntries(METHODS.map((method) => [method, { interval: '100ms', spread: true }])),
  })

export default Object.fromEntries(Array.from({ length: SERVICES }, (_, index) => [`service${index}`, make(index)]))
