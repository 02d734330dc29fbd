/** A worker slot with fake threads on the virtual clock, and a log of its events. */
import type { RunHandle, RunReport } from '../../src/dispatch/executor.js'
import { NO_RECYCLING, type RecyclingPolicy } from '../../src/pool/recycling.js'
import type { RunInFlight } from '../../src/pool/run-table.js'
import { WorkerSlot, type WorkerSlotOptions } from '../../src/pool/worker-slot.js'
import { restartPolicy } from '../../src/supervise/restart.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { type Behaviour, FakeThreads } from './fake-thread.js'

export const MILLISECOND = 1_000
/** Of every timer. */
export const BEGIN_LIMIT = 10_000 * MILLISECOND
const START_DEADLINE = 10_000 * MILLISECOND

export interface Given {
  readonly standby?: boolean
  readonly recycling?: Partial<RecyclingPolicy>
  readonly records?: number
  readonly onExit?: WorkerSlotOptions['onExit']
}

export class TestSlot {
  readonly clock = new VirtualClock()
  readonly threads: FakeThreads
  readonly slot: WorkerSlot
  /** `up 1`, `exit 1 killed, next in 0 ms`, `zombie 1`: the slot's events, in order. */
  readonly log: string[] = []
  /** Threads whose link has ended: nothing more is taken from them. */
  linksEnded = 0

  constructor(behaviours: readonly Behaviour[] = [], { standby = false, recycling, records = 4, onExit }: Given = {}) {
    this.threads = new FakeThreads(behaviours)
    const setup = { pool: 'svc', slot: 0, services: [{ name: 'svc' }], config: {}, rpcTimeout: 1 }
    this.slot = new WorkerSlot(0, {
      clock: this.clock,
      spawn: this.threads.spawn,
      setup: setup as unknown as WorkerSlotOptions['setup'],
      records,
      beginLimits: Array.from({ length: 8 }, () => BEGIN_LIMIT),
      startDeadline: START_DEADLINE,
      standby,
      recycling: { ...NO_RECYCLING, ...recycling },
      // No random spread: 100 ms, 200 ms, 400 ms, ...
      restartPolicy: () => restartPolicy(() => 0.5),
      onUp: ({ threadId }) => this.log.push(`up ${threadId}`),
      onExit: (slot, exit, restartIn) => {
        const next = restartIn === undefined ? 'no next' : `next in ${restartIn / MILLISECOND} ms`
        this.log.push(`exit ${exit.threadId} ${exit.reason}, ${next}`)
        onExit?.(slot, exit, restartIn)
      },
      onZombie: ({ threadId }) => this.log.push(`zombie ${threadId}`),
      onLink: { opened: () => {}, take: () => {}, ended: () => this.linksEnded++ },
    })
  }

  /** A slot whose first thread is up. */
  static async up(behaviours: readonly Behaviour[] = [], given: Given = {}): Promise<TestSlot> {
    const test = new TestSlot(behaviours, given)
    await test.slot.open()
    await test.advance(0)
    return test
  }

  /** Lets what has happened take its course at this moment, then moves the clock on. */
  async advance(millis: number): Promise<void> {
    await this.clock.advance(0)
    await this.clock.advance(millis * MILLISECOND)
  }

  /** Hands a run to the thread that is up; due now, not gated. */
  run(timer = 0): { readonly handle: RunHandle; readonly record: number; readonly reports: RunReport[] } {
    const reports: RunReport[] = []
    const now = this.clock.now()
    const tick = { sequence: 1, dueMono: now, dueWall: 0, startBy: Number.POSITIVE_INFINITY }
    const handle = this.slot.run(timer, { tick, attempt: 1, early: false }, (report) => reports.push(report))
    return { handle, record: (handle as RunInFlight).record, reports }
  }
}
