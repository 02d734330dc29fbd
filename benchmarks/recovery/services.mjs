import { Config, defineService } from 'escapement'

export const hanging = defineService({
  name: 'hanging',
  dependencies: { config: Config },
  create({ config }) {
    const starts = new Float64Array(config.get('starts'))
    let runs = 0
    return {
      work() {
        starts[0] = Number(process.hrtime.bigint()) / 1e6
        runs += 1
        if (config.get('hangs') && runs % 2 === 0) for (;;) Math.sqrt(2)
      },
    }
  },
  timers: { work: { interval: '100ms', timeout: '200ms', abortGrace: '50ms', overlap: 'wait' } },
})

export const neighbour = defineService({
  name: 'neighbour',
  create: () => ({ beat() {} }),
  timers: { beat: { interval: '100ms' } },
})
