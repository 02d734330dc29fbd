/** A worker slot with fake threads on the virtual clock, and a log of its events. */
import type { RunHandle, RunReport } from '../../src/dispatch/executor.js'
import { NO_RECYCLING, type RecyclingPolicy } from '../../src/pool/recycling.js'
import { restartPolicy } from '../../src/pool/restart.js'
import type { RunInFlight } from '../../src/pool/run-table.js'
import { WorkerSlot, type WorkerSlotOptions } from '../../src/pool/worker-slot.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { timerDefinition } from '../support/timer.js'
import { type Behaviour, FakeThreads } from './fake-thread.js'

export const MILLISECOND = 1_000
const START_DEADLINE = 10_000 * MILLISECOND

/** Timer 0 has a time-out of 300 ms and a grace of 1 s, the others have no time-out; `ask` can be called. */
const SERVICE = {
  name: 'svc',
  timers: [
    timerDefinition({ method: 'quick', timeout: 300 * MILLISECOND, abortGrace: 1_000 * MILLISECOND }),
    timerDefinition({ method: 'slow' }),
    timerDefinition({ method: 'other' }),
    timerDefinition({ method: 'last' }),
  ],
  rpcs: [{ kind: 'rpc', id: 'svc.ask', service: 'svc', method: 'ask' }],
}

export interface Given {
  readonly standby?: boolean
  readonly recycling?: Partial<RecyclingPolicy>
  readonly records?: number
  readonly onExit?: WorkerSlotOptions['onExit']
}

/** Knows how many calls of `after` are to come. */
class CountingClock extends VirtualClock {
  pending = 0

  override after(span: number, callback: () => void): () => void {
    this.pending++
    let isOver = false
    const end = () => {
      if (!isOver) this.pending--
      isOver = true
    }
    const cancel = super.after(span, () => {
      end()
      callback()
    })
    return () => {
      end()
      cancel()
    }
  }
}

export class TestSlot {
  readonly clock = new CountingClock()
  readonly threads: FakeThreads
  readonly slot: WorkerSlot
  /** `up 1`, `exit 1 killed, next in 0 ms`, `zombie 1`: the slot's events, in order. */
  readonly log: string[] = []
  /** Threads whose link has ended: nothing more is taken from them. */
  linksEnded = 0

  constructor(behaviours: readonly Behaviour[] = [], { standby = false, recycling, records = 4, onExit }: Given = {}) {
    this.threads = new FakeThreads(behaviours)
    const setup = {
      pool: 'svc',
      slot: 0,
      services: [SERVICE],
      config: {},
      rpcTimeout: 1,
      preload: [],
      makesSpans: false,
    }
    this.slot = new WorkerSlot(0, {
      clock: this.clock,
      spawn: this.threads.spawn,
      setup: setup as unknown as WorkerSlotOptions['setup'],
      records,
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
      onZombie: (_, threadId) => this.log.push(`zombie ${threadId}`),
      onStandbyExit: (_, { threadId, reason }, retryIn) =>
        this.log.push(`standby ${threadId} ${reason}, next in ${retryIn / MILLISECOND} ms`),
      onNotCreated: (_, { message }, retryIn) =>
        this.log.push(`not created: ${message}, next in ${retryIn / MILLISECOND} ms`),
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
  run(
    timer = 0,
    { dueIn = 0, early = false }: { readonly dueIn?: number; readonly early?: boolean } = {},
  ): { readonly handle: RunHandle; readonly record: number; readonly reports: RunReport[] } {
    const reports: RunReport[] = []
    const now = this.clock.now()
    const tick = { sequence: 1, dueMono: now + dueIn * MILLISECOND, dueWall: 0, startBy: Number.POSITIVE_INFINITY }
    const handle = this.slot.run(timer, { tick, attempt: 1, early }, (report) => reports.push(report))
    return { handle, record: (handle as RunInFlight).record, reports }
  }
}
