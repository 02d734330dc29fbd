/** As many services as `SERVICES` says, each on a thread of its own. Each writes the size of its heap when it starts. */
import { Config, defineService } from 'escapement'
import { usedHeap } from './used-heap.mjs'

const make = (index) =>
  defineService({
    name: `service_${index}`,
    dependencies: { config: Config },
    create: ({ config }) => ({
      onStart() {
        new Float64Array(config.get('heaps'))[index] = usedHeap()
      },
      work() {},
    }),
    timers: { work: { interval: '1h' } },
  })

export default Object.fromEntries(
  Array.from({ length: Number(process.env.SERVICES) }, (_, index) => [`service${index}`, make(index)]),
)
