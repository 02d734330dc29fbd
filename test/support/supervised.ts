/**
 * Starts a supervisor on real threads for one test: it runs the compiled code, captures the log, checks the ledgers at every
 * event, and asserts at the end that they balance, and that everything that was counted has a series.
 */
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { seriesOf } from '../../dist/src/counters/series.js'
import type { LedgerCounts, RunEnded, SupervisorOptions, TickSkipped } from '../../dist/src/index.js'
import { Supervisor } from '../../dist/src/index.js'
import { CapturedLog } from './capture-log.js'

export interface Supervised {
  readonly supervisor: Supervisor
  readonly log: CapturedLog
  readonly runs: RunEnded[]
  readonly skipped: TickSkipped[]
  ledger(id: string): LedgerCounts
  /** Waits for the n-th run (from 1) of an entrypoint. */
  nthRun(id: string, count: number): Promise<RunEnded>
  /** Waits for the n-th skip (from 1) of a timer for this reason. */
  nthSkip(id: string, reason: string, count: number): Promise<TickSkipped>
  /** Stops the supervisor and asserts that every ledger balances with nothing active or pending. */
  stop(): Promise<{ readonly killed: readonly string[] }>
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/services/${name}`, import.meta.url))
}

/** Starts services and stops them after the test. Names are files in test/fixtures/services. */
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
    for (const waiter of waiters) waiter()
  })
  /** Calls `find` after each event until it returns something. */
  const awaitEvent = <Found>(find: () => Found | undefined): Promise<Found> =>
    new Promise((resolve) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        waiters.delete(look)
        resolve(found)
      }
      waiters.add(look)
      look()
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
      return awaitEvent(() => runs.filter((run) => run.entrypoint === id)[count - 1])
    },
    nthSkip(id, reason, count) {
      return awaitEvent(() => skipped.filter((skip) => skip.entrypoint === id && skip.reason === reason)[count - 1])
    },
    stop() {
      stopping ??= supervisor.stop().then((report) => {
        audit()
        expect(imbalances.slice(0, 3)).toEqual([])
        expect(countedWithoutSeries(supervisor)).toEqual([])
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

/** 0 when the ledger is balanced: `due + taken = skipped + handed over + returned + runs + active + pending`. */
export function imbalanceOf({
  due,
  taken,
  handedOver,
  returned,
  skipped,
  runs,
  active,
  pending,
}: LedgerCounts): number {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, n) => total + n, 0)
  return due + taken - sum(skipped) - handedOver - returned - sum(runs) - active - pending
}

/** What happened to ticks though, by the options of their timer, it has no series. */
function countedWithoutSeries(supervisor: Supervisor): string[] {
  const timers = supervisor.services.flatMap((service) => service.timers)
  return supervisor.snapshot().timers.flatMap(({ id, ledger }) => {
    const series = seriesOf(timers.find((timer) => timer.id === id)!)
    const counted = (counts: Readonly<Record<string, number>>) => Object.keys(counts).filter((key) => counts[key]! > 0)
    const shown: readonly string[] = [...series.skipped, ...series.runs]
    return [...counted(ledger.skipped), ...counted(ledger.runs)]
      .filter((key) => !shown.includes(key))
      .map((key) => `${id} ${key}`)
  })
}
