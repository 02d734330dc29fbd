/** Metrics of calls between services: number by outcome, and duration. */
import type { Events } from '../kernel/events.js'
import { RPC_OUTCOMES, type RpcOutcome } from '../kernel/rpc.js'
import type { EngineView } from '../kernel/view.js'
import { BoundHistogram } from './bound-histogram.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

interface Called {
  readonly labels: { readonly service: string; readonly method: string }
  readonly counts: Map<RpcOutcome, number>
  readonly observe: (seconds: number) => void
}

/** Labels of calls to methods that do not exist: names that callers invent must not become series. */
const UNKNOWN = { service: 'unknown', method: 'unknown' }

export function rpcMetrics(
  view: Pick<EngineView, 'rpcs'>,
  events: Events,
): { readonly metrics: ExportedMetric[]; readonly stop: () => void } {
  const known = new Map<string, Called>()
  const bindAll = () => {
    for (const rpc of view.rpcs()) calledOf(rpc)
  }
  const duration = new BoundHistogram(METRICS.rpcDuration, bindAll)

  const calledOf = ({ service, method }: Called['labels']): Called => {
    const id = `${service}.${method}`
    let called = known.get(id)
    if (!called) {
      const labels = { service, method }
      called = { labels, counts: new Map(), observe: duration.bind(labels) }
      known.set(id, called)
    }
    return called
  }

  const stop = events.on('rpc.ended', (call) => {
    const { counts, observe } = calledOf(call.isKnown ? call : UNKNOWN)
    counts.set(call.outcome, (counts.get(call.outcome) ?? 0) + 1)
    if (call.outcome !== 'refused') observe(call.duration)
  })

  const calls = exported(METRICS.rpcCalls, (add) => {
    bindAll()
    for (const { labels, counts } of known.values()) {
      for (const outcome of RPC_OUTCOMES) add({ ...labels, outcome }, counts.get(outcome) ?? 0)
    }
  })
  return { metrics: [calls, duration.metric], stop }
}
