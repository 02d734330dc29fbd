/** Services with one thread each, which do a little work in each tick and say how much of their heap is in use. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defineService } from 'escapement'

const { SOAK_SERVICES, SOAK_INTERVAL } = process.env

const make = (index) =>
  defineService({
    name: `soak_${index}`,
    create: () => ({
      work(tick) {
        const parsed = JSON.parse(JSON.stringify({ index, sequence: tick.sequence, list: [1, 2, 3, 4] }))
        return parsed.list.map((value) => value * parsed.sequence).length
      },
      /** Bytes in use after a full collection. */
      usedHeap() {
        setFlagsFromString('--expose-gc')
        runInNewContext('gc')()
        return getHeapStatistics().used_heap_size
      },
    }),
    rpcs: ['usedHeap'],
    timers: { work: { interval: SOAK_INTERVAL } },
  })

export default Object.fromEntries(
  Array.from({ length: Number(SOAK_SERVICES) }, (_, index) => [`soak${index}`, make(index)]),
)
