/**
 * Runs as its own process: timers that are due in a day, in the scheduler or as `setInterval`, and beside them one of 100 ms.
 * Prints the result as JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { measureProcess } from './process-facts.mjs'

const [contender, count, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const hasBeat = process.argv[5] === 'beat'
const BEAT_MICROS = 100_000
const DAY_MICROS = 86_400_000_000
const WARM_UP_SECONDS = 1

const lateness = []
const now = () => Number(process.hrtime.bigint()) / 1_000

const contenders = {
  async scheduler() {
    const { systemClock } = await import('../../dist/src/kernel/clock.js')
    const { Events } = await import('../../dist/src/kernel/events.js')
    const { Scheduler } = await import('../../dist/src/schedule/scheduler.js')
    const clock = systemClock()
    const definition = (interval, method) => ({
      kind: 'timer',
      id: `bench.${method}`,
      service: 'bench',
      method,
      schedule: { kind: 'interval', interval, align: false },
      eager: false,
      overlap: 'skip',
      concurrency: 1,
      abortGrace: 1_000_000,
      missed: 'skip',
      jitter: 0,
      precise: false,
      hasWhen: false,
      retry: { attempts: 1, backoff: { initial: 1_000_000, factor: 2, max: 60_000_000, jitter: 0.2 } },
      breaker: false,
      scope: 'instance',
    })
    const parked = definition(DAY_MICROS, 'parked')
    const timers = Array.from({ length: count }, () => parked)
    if (hasBeat) timers.push(definition(BEAT_MICROS, 'beat'))
    const scheduler = new Scheduler({
      clock,
      events: new Events(),
      timers,
      sink: {
        offer: () => false,
        arrive: (_timer, { dueMono }) => void lateness.push(clock.now() - dueMono),
        miss: () => {},
        makeUp: () => {},
      },
      onLag: () => {},
    })
    scheduler.start()
  },
  setInterval() {
    for (let timer = 0; timer < count; timer++) setInterval(() => {}, DAY_MICROS / 1_000)
    if (!hasBeat) return
    const start = now()
    let k = 0
    setInterval(() => lateness.push(now() - (start + ++k * BEAT_MICROS)), BEAT_MICROS / 1_000)
  },
}

const rssBefore = process.memoryUsage.rss()
const begun = performance.now()
await contenders[contender]()
const readyMs = performance.now() - begun
await sleep(WARM_UP_SECONDS * 1_000)
lateness.length = 0
const end = measureProcess()
await sleep(seconds * 1_000)
const measured = end()
process.stdout.write(
  JSON.stringify({ ...measured, readyMs, addedMegabytes: (process.memoryUsage.rss() - rssBefore) / 2 ** 20, lateness }),
  () => process.exit(),
)
