/** The shared memory of an engine whose timers have ticked for a while, and what the admin thread makes of it. No thread is started. */
import { Insight } from '../../dist/src/admin/insight.js'
import { MainFeed } from '../../dist/src/admin/main-feed.js'
import { catalogueOf } from '../../dist/src/counters/catalogue.js'
import { Counters } from '../../dist/src/counters/counters.js'
import { TIMER_ROW } from '../../dist/src/counters/row-shapes.js'
import { systemClock } from '../../dist/src/kernel/clock.js'
import { serviceDefinition } from '../../test/support/service.js'
import { timerDefinition } from '../../test/support/timer.js'

/** As many as the history keeps of each timer. */
export const TICKS = 200
const INTERVAL_MS = 100
/** Timers of one service. */
const PER_SERVICE = 10

export class FilledEngine {
  readonly insight: Insight
  readonly ids: readonly string[]
  readonly #counters: Counters
  readonly #clock = systemClock()
  #sequence = 0

  constructor(timers: number) {
    const services = Array.from({ length: Math.ceil(timers / PER_SERVICE) }, (_, index) => {
      const service = `service_${index}`
      const length = Math.min(PER_SERVICE, timers - index * PER_SERVICE)
      const methods = Array.from({ length }, (_, at) => timerDefinition({ service, method: `work_${at}` }))
      return serviceDefinition({ name: service, timers: methods })
    })
    const counters = new Counters(catalogueOf(services))
    this.#counters = counters
    this.ids = counters.catalogue.timers.map(({ id }) => id)
    const process = { instance: 'i', startedAt: 0, pid: 1, host: 'host', version: '0', node: 'v20' }
    const thread = { slot: 0, state: 'idle', threadId: 1, restarts: 0 } as const
    const threads = services.map(({ name }) => ({ ...thread, pool: name, services: [name] }))
    const healthy = { live: true, ready: true, problems: [] }
    this.insight = new Insight({
      serving: {
        catalogue: counters.catalogue,
        memory: counters.memory,
        recent: counters.recent.memory,
        services,
        process,
      },
      feed: new MainFeed(),
      main: { threads: async () => threads, health: async () => healthy },
      clock: this.#clock,
      droppedNotes: () => 0,
    })
    for (let round = 0; round < TICKS; round++) this.tickAll()
  }

  /** Every timer has a tick, whose run takes some milliseconds; the history takes them in. Returns how long that takes. Unit: milliseconds. */
  tickAll(): number {
    const sequence = ++this.#sequence
    const [now, wallNow] = [this.#clock.now(), this.#clock.wallNow()]
    const ago = (TICKS - sequence) * INTERVAL_MS
    for (let timer = 0; timer < this.ids.length; timer++) {
      const [dueMono, dueWall] = [now - ago * 1_000, wallNow - ago]
      const startedAt = dueMono + 15 + (timer % 7)
      const endedAt = startedAt + 3_000 + 100 * (timer % 11)
      const run = { startedAt, endedAt, threadId: 1 }
      this.#counters.recent.ended(
        timer,
        { sequence, dueMono, dueWall, startBy: dueMono + 1_000_000 },
        'completed',
        1,
        run,
        undefined,
        endedAt + 50,
      )
      const row = this.#counters.timer(timer)
      row.add(TIMER_ROW.at.due, 1)
      row.add(TIMER_ROW.at.runs, 1)
      row.set(TIMER_ROW.at.interval, INTERVAL_MS * 1_000)
      row.set(TIMER_ROW.at.nextTick, wallNow + INTERVAL_MS)
      row.set(TIMER_ROW.at.lastSuccess, dueWall)
    }
    const begun = performance.now()
    this.insight.ticks({ entrypoint: this.ids[0]!, limit: 1 })
    return performance.now() - begun
  }
}
