/** `tick through the scheduler`: the whole scheduler on a virtual clock, with a sink that only counts. */
import type { Clock } from '../../dist/src/kernel/clock.js'
import type { TimerDefinition } from '../../dist/src/kernel/definitions.js'
import { Events } from '../../dist/src/kernel/events.js'
import { Scheduler } from '../../dist/src/schedule/scheduler.js'
import { nanoseconds, OPERATIONS, type Sample, START } from './compare.js'

/** Jumps to each alarm; the wall clock keeps pace. */
class AlarmClock implements Clock {
  #now = START
  #alarmAt = START
  #wake: () => void = () => {}

  now = () => this.#now
  wallNow = () => this.#now / 1_000
  setAlarm(at: number, wake: () => void): void {
    this.#alarmAt = at
    this.#wake = wake
  }
  clearAlarm(): void {}
  after = () => () => {}
  sleep = () => Promise.resolve()

  ring(): void {
    this.#now = Math.max(this.#now, this.#alarmAt)
    this.#wake()
  }
}

class Ticking {
  readonly #clock = new AlarmClock()
  #ticks = 0

  constructor(intervals: Int32Array, given: { precise: boolean; takesOffers: boolean }) {
    const scheduler = new Scheduler({
      clock: this.#clock,
      events: new Events(),
      timers: Array.from(intervals, (interval, at) => everyInterval(interval, at, given.precise)),
      sink: {
        offer: () => {
          if (given.takesOffers) this.#ticks++
          return given.takesOffers
        },
        arrive: () => void this.#ticks++,
        miss: () => {
          throw new Error('on a clock that is never late, no tick is missed')
        },
        makeUp: () => {},
      },
      onLag: () => {},
      leadOf: () => 2_500,
    })
    scheduler.start()
  }

  run(count: number): void {
    for (const end = this.#ticks + count; this.#ticks < end; ) this.#clock.ring()
  }
}

function everyInterval(interval: number, at: number, precise: boolean): TimerDefinition {
  return {
    kind: 'timer',
    id: `bench.m${at}`,
    service: 'bench',
    method: `m${at}`,
    schedule: { kind: 'interval', interval, align: false },
    eager: false,
    overlap: 'skip',
    concurrency: 1,
    abortGrace: 1_000_000,
    missed: 'skip',
    jitter: 0,
    precise,
    hasWhen: false,
    retry: { attempts: 1, backoff: { initial: 1_000_000, factor: 2, max: 60_000_000, jitter: 0.2 } },
    breaker: false,
    scope: 'instance',
  }
}

export const SCHEDULERS = {
  'offers taken': class extends Ticking {
    constructor(intervals: Int32Array) {
      super(intervals, { precise: true, takesOffers: true })
    }
  },
  'offers refused': class extends Ticking {
    constructor(intervals: Int32Array) {
      super(intervals, { precise: true, takesOffers: false })
    }
  },
  'not punctual': class extends Ticking {
    constructor(intervals: Int32Array) {
      super(intervals, { precise: false, takesOffers: false })
    }
  },
}

/** Intervals around 100 ms, so that ticks are spread over time. */
export function schedulerSample(n: number): Sample<Ticking> {
  const intervals = Int32Array.from({ length: n }, (_, at) => 100_000 + ((at * 7_919) % 10_007))
  const count = Math.max(OPERATIONS, n)
  return (Contender) => {
    const ticking = new Contender(intervals)
    ticking.run(count)
    return nanoseconds(() => ticking.run(count)) / count
  }
}
