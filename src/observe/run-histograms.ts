/** Histograms of the lateness and duration of runs, observed at the end of each run. */
import type { Events } from '../kernel/events.js'
import type { EngineView } from '../kernel/view.js'
import { BoundHistogram } from './bound-histogram.js'
import type { ExportedMetric } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { timerLabels } from './timer-labels.js'

interface Observers {
  readonly lateness: (seconds: number) => void
  readonly duration: (seconds: number) => void
}

export function runHistograms(
  view: Pick<EngineView, 'timers'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const bound = new Map<string, Observers>()
  const bindAll = () => {
    for (const timer of view.timers()) if (!bound.has(timer.id)) bind(timer.id, timer.service)
  }
  const lateness = new BoundHistogram(METRICS.startLateness, bindAll)
  const duration = new BoundHistogram(METRICS.runDuration, bindAll)

  const bind = (id: string, service: string): Observers => {
    const labels = timerLabels(id, service)
    const observers = { lateness: lateness.bind(labels), duration: duration.bind(labels) }
    bound.set(id, observers)
    return observers
  }

  const stop = events.on('run.ended', (run) => {
    const observers = bound.get(run.entrypoint) ?? bind(run.entrypoint, run.service)
    if (run.lateness !== undefined) observers.lateness(run.lateness)
    if (run.duration !== undefined) observers.duration(run.duration)
  })
  return { metrics: [lateness.metric, duration.metric], stop }
}
