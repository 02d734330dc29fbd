import { Config, defineService } from '../../../dist/src/index.js'
import { stamp } from './tasks.mjs'

export default defineService({
  name: 'triggered',
  dependencies: { config: Config },
  create({ config }) {
    const startedAt = new Float64Array(config.get('startedAt'))
    return {
      work() {
        startedAt[0] = stamp()
      },
    }
  },
  timers: { work: { interval: '1d' } },
})
