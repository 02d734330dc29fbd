/**
 * Tells of ticks, runs and lanes: emits events, adds to the recent ticks what becomes of a tick, and notes since when a success is
 * missing. Call these functions after the ledger has been updated.
 */
import { DIAGNOSTICS, type RetryDiagnostic, type TickDiagnostic } from '../kernel/diagnostics.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { HeldTicket } from '../kernel/ticket.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { AbortCause, CircuitReason, Outcome, ReturnReason, SkipReason } from '../kernel/vocabulary.js'
import type { RunReport } from './executor.js'
import { type Lane, laneEvent, type Run, type Timer, timerEvent } from './lane.js'
import { afterReturn, afterSkip } from './success-wait.js'

/** Publishes that a tick is handed over to a thread, or waits. */
export function announceDecision(timer: Timer, tick: DueTick, decision: 'run' | 'wait'): void {
  if (DIAGNOSTICS.tick.hasSubscribers) publishTick(timer, tick, decision, undefined, 1)
}

function publishTick(
  timer: Timer,
  { sequence, dueWall }: DueTick,
  decision: TickDiagnostic['decision'],
  reason: SkipReason | undefined,
  count: number,
): void {
  const dueAt = new Date(dueWall)
  const message: TickDiagnostic = { ...timerEvent(timer), sequence, dueAt, decision, reason, count }
  DIAGNOSTICS.tick.publish(message)
}

export function announceSkipped(events: Events, timer: Timer, tick: DueTick, reason: SkipReason, count = 1): void {
  timer.recent.skipped(timer.index, tick, reason, count)
  if (DIAGNOSTICS.tick.hasSubscribers) publishTick(timer, tick, 'skip', reason, count)
  afterSkip(timer, tick, reason)
  if (!events.has('tick.skipped')) return
  const { id, service, method } = timer.definition
  const { sequence, dueWall } = tick
  events.emit('tick.skipped', { entrypoint: id, service, method, reason, count, sequence, dueWall })
}

/** The queue has kept a tick. */
export function announceHandedOver(events: Events, timer: Timer, tick: DueTick): void {
  timer.recent.handedOver(timer.index, tick)
  if (DIAGNOSTICS.tick.hasSubscribers) publishTick(timer, tick, 'hand_over', undefined, 1)
  if (!events.has('tick.handed_over')) return
  const { sequence, dueWall } = tick
  events.emit('tick.handed_over', { ...timerEvent(timer), sequence, dueWall })
}

/** A ticket goes back to the queue. `report`: of the run, when its method was called. */
export function announceReturned(
  events: Events,
  timer: Timer,
  tick: DueTick,
  { attempt, delivery }: HeldTicket,
  reason: ReturnReason,
  report?: RunReport,
): void {
  timer.recent.returned(timer.index, tick, reason, attempt)
  afterReturn(timer, tick)
  if (!events.has('tick.returned')) return
  const { sequence, dueWall } = tick
  const error = report?.error
  events.emit('tick.returned', { ...timerEvent(timer), sequence, dueWall, reason, attempt, delivery, error })
}

export function announceEnded(
  events: Events,
  { timer, tick, attempt }: Run,
  outcome: Outcome,
  report: RunReport,
  cause: AbortCause | undefined,
  now: Micros,
): void {
  const { startedAt, endedAt, isSynchronous, error, threadId } = report
  timer.recent.ended(timer.index, tick, outcome, attempt, report, cause, now)
  if (!events.has('run.ended')) return
  const { id, service, method } = timer.definition
  const hasEnded = startedAt !== undefined && endedAt !== undefined
  const duration = hasEnded ? secondsFromMicros(endedAt - startedAt) : undefined
  events.emit('run.ended', {
    entrypoint: id,
    service,
    method,
    sequence: tick.sequence,
    dueWall: tick.dueWall,
    lateness: startedAt === undefined ? undefined : secondsFromMicros(startedAt - tick.dueMono),
    duration,
    computed: isSynchronous ? duration : undefined,
    outcome,
    attempt,
    error,
    threadId,
  })
}

export function announceCutOff(events: Events, { timer, tick }: Run, { error }: RunReport): void {
  events.emit('run.cut_off', { ...timerEvent(timer), sequence: tick.sequence, error })
}

export function announceRetry(events: Events, { timer, tick, attempt }: Run, delay: Micros, report: RunReport): void {
  const inSeconds = secondsFromMicros(delay)
  const { sequence } = tick
  const retry: RetryDiagnostic = { ...timerEvent(timer), sequence, attempt, inSeconds, error: report.error }
  if (DIAGNOSTICS.retry.hasSubscribers) DIAGNOSTICS.retry.publish(retry)
  events.emit('run.retrying', retry)
}

export function announceCircuit(events: Events, lane: Lane, reason: CircuitReason | undefined): void {
  events.emit('circuit.changed', { ...laneEvent(lane), state: lane.circuit.state, reason })
}

export function announceFailing(events: Events, lane: Lane, failures: number, state: 'failing' | 'recovered'): void {
  events.emit('entrypoint.failing', { ...laneEvent(lane), failures, state })
}
