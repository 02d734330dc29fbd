/** Engines on real threads that share a queue, without a queue thread: dist must be built. */
import { channel } from 'node:diagnostics_channel'
import { expect, onTestFinished } from 'vitest'
import { systemClock } from '../../dist/src/kernel/clock.js'
import { Events, type RunEnded, type TickReturned } from '../../dist/src/kernel/events.js'
import type { LedgerCounts } from '../../dist/src/kernel/view.js'
import type { RunQueue } from '../../dist/src/queue/run-queue.js'
import { ObservedEngine, type ObservedEngineOptions } from '../../dist/src/supervise/observed-engine.js'
import { CapturedLog } from './capture-log.js'
import { DirectClient } from './direct-client.js'
import { fixture, imbalanceOf } from './supervised.js'

export const LOCK = 5_000_000

export interface QueueEngine {
  readonly engine: ObservedEngine['engine']
  readonly log: CapturedLog
  readonly runs: RunEnded[]
  readonly returned: TickReturned[]
  ledger(id: string): LedgerCounts
  /** Resolves when `holds` is true; it is asked after each decision about a tick, end of a run, return and hand-over. */
  until(holds: () => boolean): Promise<void>
  /** Stops the engine, and asserts that its ledgers close with nothing active or pending. */
  stop(): Promise<void>
}

export async function queueEngine(
  openQueue: () => Promise<RunQueue>,
  options: Partial<ObservedEngineOptions> = {},
): Promise<QueueEngine> {
  const log = new CapturedLog()
  const events = new Events()
  const clock = systemClock()
  const queue = await openQueue()
  const observed = await ObservedEngine.create(
    {
      modules: [fixture('queued.ts')],
      http: false,
      logger: log.logger,
      events,
      ownsStreams: false,
      connectQueue: (given) => new DirectClient({ ...given, queue, lock: LOCK, now: () => clock.now() }),
      ...options,
    },
    () => false,
  )
  const { engine } = observed
  const runs: RunEnded[] = []
  const returned: TickReturned[] = []
  const waiters = new Set<() => void>()
  const wake = () => {
    for (const waiter of [...waiters]) waiter()
  }
  events.on('run.ended', (run) => {
    runs.push(run)
    wake()
  })
  events.on('tick.returned', (ticket) => {
    returned.push(ticket)
    wake()
  })
  events.on('tick.handed_over', wake)
  events.on('tick.skipped', wake)
  // Each decision about a tick, also that it runs.
  const decisions = channel('escapement:tick')
  decisions.subscribe(wake)
  onTestFinished(() => void decisions.unsubscribe(wake))
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= observed.stop({}).then(() => {
      for (const { id, ledger } of engine.timers()) {
        expect({ id, imbalance: imbalanceOf(ledger), active: ledger.active, pending: ledger.pending }).toEqual({
          id,
          imbalance: 0,
          active: 0,
          pending: 0,
        })
      }
      expect(log.matching({ msg: 'ledger does not close, please report this bug' })).toEqual([])
    })
    return stopping
  }
  onTestFinished(stop)
  await observed.start()
  return {
    engine,
    log,
    runs,
    returned,
    stop,
    ledger: (id) => engine.timers().find((timer) => timer.id === id)!.ledger,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          waiters.delete(look)
          resolve()
        }
        waiters.add(look)
        look()
      }),
  }
}
