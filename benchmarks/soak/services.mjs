/** Fifty services with one thread each, which do a little work ten times a second. */
import { defineService } from 'escapement'

const COUNT = 50

const make = (index) =>
  defineService({
    name: `soak_${index}`,
    create: () => ({
      work(tick) {
        const parsed = JSON.parse(JSON.stringify({ index, sequence: tick.sequence, list: [1, 2, 3, 4] }))
        return parsed.list.map((value) => value * parsed.sequence).length
      },
    }),
    timers: { work: { interval: '100ms' } },
  })

export default Object.fromEntries(Array.from({ length: COUNT }, (_, index) => [`soak${index}`, make(index)]))
