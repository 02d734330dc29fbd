/** 1,000 timers that come due at the same moments, on one thread. Each writes how late its first statement is. */
import { Config, defineService } from 'escapement'

const TIMERS = 1_000
const names = Array.from({ length: TIMERS }, (_, index) => `member${index}`)

export default defineService({
  name: 'herd',
  dependencies: { config: Config },
  create({ config }) {
    const lateness = new Float64Array(config.get('lateness'))
    const count = new Int32Array(config.get('count'))
    const tick = ({ dueHrtime }) => {
      lateness[count[0]++] = Number(process.hrtime.bigint() - dueHrtime) / 1_000
    }
    return Object.fromEntries(names.map((name) => [name, tick]))
  },
  timers: Object.fromEntries(names.map((name) => [name, { interval: 1 }])),
})
