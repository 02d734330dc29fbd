/** Judges a method by the end of a run, for its circuit and for its streak of failures. */
import { METHOD_ROW } from '../counters/row-shapes.js'
import type { Events } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import type { Outcome } from '../kernel/vocabulary.js'
import { announceCircuit, announceFailing } from './announce.js'
import type { RunReport } from './executor.js'
import type { Run } from './lane.js'

type RunVerdict = 'succeeded' | 'failed' | 'crashed' | 'none'

/** A run that was aborted without a time-out, or whose thread was ended by another run, is no verdict on its method. */
function verdictOf(outcome: Outcome, { isBlamed }: RunReport): RunVerdict {
  if (outcome === 'completed') return 'succeeded'
  if (outcome === 'failed' || outcome === 'timed_out') return 'failed'
  return outcome === 'crashed' && isBlamed ? 'crashed' : 'none'
}

/** Records the verdict on an ended run in the circuit and the streak, and emits the changes as events. */
export function judge(run: Run, outcome: Outcome, report: RunReport, now: Micros, events: Events): void {
  const verdict = verdictOf(outcome, report)
  judgeForCircuit(run, verdict, now, events)
  const { failures } = run.lane
  if (verdict === 'succeeded') {
    const ended = failures.succeeded()
    if (ended > 0) announceFailing(events, run.lane, ended, 'recovered')
  } else if (verdict !== 'none' && failures.failed()) {
    announceFailing(events, run.lane, failures.length, 'failing')
  }
  run.lane.row.set(METHOD_ROW.at.consecutiveFailures, failures.length)
}

function judgeForCircuit({ lane, isProbe }: Run, verdict: RunVerdict, now: Micros, events: Events): void {
  const { circuit } = lane
  const before = circuit.state
  // While the circuit is half open, only the probe changes it.
  if (before === 'half_open' && !isProbe) return
  if (verdict === 'succeeded') circuit.succeeded()
  else if (verdict === 'failed') circuit.failed(now)
  else if (verdict === 'crashed') circuit.crashed(now)
  else circuit.probeInconclusive(now)
  if (circuit.state !== before) announceCircuit(events, lane, circuit.blocks(now))
}
