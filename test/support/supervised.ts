/**
 * A supervisor on real threads for one test: compiled code, captured log, and books that are checked whenever anything
 * happens and must close at the end.
 */
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import type { LedgerCounts, RunEnded, SupervisorOptions, TickSkipped } from '../../dist/src/index.js'
import { Supervisor } from '../../dist/src/index.js'
import { CapturedLog } from './capture-log.js'

export interface Supervised {
  readonly supervisor: Supervisor
  readonly log: CapturedLog
  readonly runs: RunEnded[]
  readonly skipped: TickSkipped[]
  ledger(id: string): LedgerCounts
  /** The n-th run (from 1) of an entrypoint; waits for it. */
  nthRun(id: string, count: number): Promise<RunEnded>
  /** Stops, and asserts that the books are closed with nothing active or pending. */
  stop(): Promise<{ readonly killed: readonly string[] }>
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/services/${name}`, import.meta.url))
}

/** Starts services for the length of a test. Names are files in test/fixtures/services. */
export async function supervise(
  modules: readonly string[],
  options: Omit<SupervisorOptions, 'modules' | 'logger'> = {},
): Promise<Supervised> {
  const log = new CapturedLog()
  const paths = modules.map((module) => (module.startsWith('/') ? module : fixture(module)))
  const supervisor = new Supervisor({ modules: paths, http: false, logger: log.logger, ...options })
  const runs: RunEnded[] = []
  const skipped: TickSkipped[] = []
  const waiters = new Set<() => void>()
  const imbalances: string[] = []
  const audit = () => {
    for (const timer of supervisor.snapshot().timers) {
      if (imbalanceOf(timer.ledger) !== 0) imbalances.push(`${timer.id}: ${JSON.stringify(timer.ledger)}`)
    }
  }
  supervisor.on('run.ended', (run) => {
    runs.push(run)
    audit()
    for (const waiter of waiters) waiter()
  })
  supervisor.on('tick.skipped', (skip) => {
    skipped.push(skip)
    audit()
  })
  let stopping: Promise<{ readonly killed: readonly string[] }> | undefined
  const supervised: Supervised = {
    supervisor,
    log,
    runs,
    skipped,
    ledger(id) {
      const timer = supervisor.snapshot().timers.find((timer) => timer.id === id)
      if (!timer) throw new Error(`no timer ${id}`)
      return timer.ledger
    },
    nthRun(id, count) {
      return new Promise((resolve) => {
        const look = () => {
          const run = runs.filter((run) => run.entrypoint === id)[count - 1]
          if (!run) return
          waiters.delete(look)
          resolve(run)
        }
        waiters.add(look)
        look()
      })
    },
    stop() {
      stopping ??= supervisor.stop().then((report) => {
        audit()
        expect(imbalances.slice(0, 3)).toEqual([])
        for (const { id, ledger } of supervisor.snapshot().timers) {
          expect({ id, active: ledger.active, pending: ledger.pending }).toEqual({ id, active: 0, pending: 0 })
        }
        expect(log.matching({ msg: 'ledger does not close, please report this bug' })).toEqual([])
        return report
      })
      return stopping
    },
  }
  onTestFinished(() => supervised.stop().then(() => {}))
  await supervisor.start()
  return supervised
}

/** 0 when the books close: `due = skipped + runs + active + pending`. */
function imbalanceOf({ due, skipped, runs, active, pending }: LedgerCounts): number {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, n) => total + n, 0)
  return due - sum(skipped) - sum(runs) - active - pending
}
