/** Metrics of aborted runs and retried attempts. */
import type { EntrypointEvent, Events } from '../kernel/events.js'
import type { EngineView } from '../kernel/view.js'
import { ABORT_CAUSES } from '../kernel/vocabulary.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS, RETRY_RESULTS } from './metric-table.js'
import { timerLabels } from './timer-labels.js'

export function supervisionMetrics(
  view: Pick<EngineView, 'timers'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const aborts = new Tally()
  const retries = new Tally()
  const subscriptions = [
    events.on('run.aborting', (event) => aborts.add(event, event.cause)),
    events.on('run.retrying', (event) => retries.add(event, 'retried')),
    events.on('run.ended', (run) => {
      if (run.attempt > 1) retries.add(run, run.outcome === 'completed' ? 'succeeded' : 'exhausted')
    }),
  ]
  return {
    metrics: [
      exported(METRICS.aborts, (add) => {
        for (const { id, service } of view.timers()) {
          for (const cause of ABORT_CAUSES) add({ ...timerLabels(id, service), cause }, aborts.of(id, cause))
        }
      }),
      exported(METRICS.retries, (add) => {
        for (const { id, service } of view.timers()) {
          for (const result of RETRY_RESULTS) add({ ...timerLabels(id, service), result }, retries.of(id, result))
        }
      }),
    ],
    stop() {
      for (const unsubscribe of subscriptions) unsubscribe()
    },
  }
}

/** Counts by entrypoint and kind. */
class Tally {
  readonly #counts = new Map<string, number>()

  add({ entrypoint }: EntrypointEvent, kind: string): void {
    const key = `${entrypoint} ${kind}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  of(entrypoint: string, kind: string): number {
    return this.#counts.get(`${entrypoint} ${kind}`) ?? 0
  }
}
