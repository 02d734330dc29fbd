/** Metrics of each timer that are read from the engine's view: the ledger's counts, last success, next due time. */
import type { Millis, Seconds } from '../kernel/time.js'
import type { EngineView, TimerView } from '../kernel/view.js'
import { OUTCOMES, SKIP_REASONS } from '../kernel/vocabulary.js'
import { ExportedMetric, type Sample } from './exported-metric.js'
import { METRICS, type MetricSpec } from './metric-table.js'
import { timerLabels } from './timer-labels.js'

export function ledgerMetrics(view: Pick<EngineView, 'timers'>): ExportedMetric[] {
  const known = new Map<string, EntrypointLabels>()
  const labelsOf = ({ id, service }: TimerView) => {
    const labels = known.get(id) ?? timerLabels(id, service)
    known.set(id, labels)
    return labels
  }

  const several = (spec: MetricSpec, samples: (timer: TimerView) => readonly Sample[]) =>
    new ExportedMetric(spec, () =>
      view.timers().flatMap((timer) => {
        const sharedLabels = labelsOf(timer)
        return samples(timer).map((sample) => ({ ...sample, sharedLabels }))
      }),
    )
  const one = (spec: MetricSpec, value: (timer: TimerView) => number) =>
    several(spec, (timer) => [{ labels: {}, value: value(timer) }])

  /** What the timers of a method share: one series for the method. */
  const ofMethods = (spec: MetricSpec, value: (timer: TimerView) => number) =>
    new ExportedMetric(spec, () => {
      const samples = new Map<string, Sample>()
      for (const timer of view.timers()) {
        const { service, method } = timer
        samples.set(`${service}.${method}`, { labels: { service, method }, value: value(timer) })
      }
      return [...samples.values()]
    })

  return [
    one(METRICS.ticksDue, ({ ledger }) => ledger.due),
    several(METRICS.ticksSkipped, ({ ledger }) =>
      SKIP_REASONS.map((reason) => ({ labels: { reason }, value: ledger.skipped[reason] })),
    ),
    one(METRICS.ticksPending, ({ ledger }) => ledger.pending),
    several(METRICS.runs, ({ ledger }) =>
      OUTCOMES.map((outcome) => ({ labels: { outcome }, value: ledger.runs[outcome] })),
    ),
    one(METRICS.runsActive, ({ ledger }) => ledger.active),
    one(METRICS.lastSuccess, ({ lastSuccessAt }) => unixSeconds(lastSuccessAt)),
    one(METRICS.nextTick, ({ nextDueAt }) => unixSeconds(nextDueAt)),
    one(METRICS.interval, ({ interval }) => interval),
    one(METRICS.timeout, ({ timeout }) => timeout ?? 0),
    ofMethods(METRICS.circuitState, ({ circuit }) => CIRCUIT_STATES.indexOf(circuit.state)),
    ofMethods(METRICS.consecutiveFailures, ({ consecutiveFailures }) => consecutiveFailures),
  ]
}

/** The index of a state is its value in `escapement_circuit_state`. */
const CIRCUIT_STATES = ['closed', 'half_open', 'open']

interface EntrypointLabels {
  readonly [label: string]: string
  readonly service: string
  readonly method: string
}

function unixSeconds(at: Millis | undefined): Seconds {
  return at === undefined ? 0 : at / 1_000
}
