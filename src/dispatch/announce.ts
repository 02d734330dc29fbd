/** What the dispatcher tells observers; called after the books are right. */
import type { DueTick } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import type { CircuitReason } from './circuit.js'
import type { RunReport } from './executor.js'
import { type Lane, type Run, timerEvent } from './lane.js'

export function announceSkipped(events: Events, lane: Lane, tick: DueTick, reason: SkipReason, count: number): void {
  if (!events.has('tick.skipped')) return
  const { id, service, method } = lane.definition
  const { sequence, dueWall } = tick
  events.emit('tick.skipped', { entrypoint: id, service, method, reason, count, sequence, dueWall })
}

export function announceEnded(events: Events, { lane, tick, attempt }: Run, outcome: Outcome, report: RunReport): void {
  if (!events.has('run.ended')) return
  const { id, service, method } = lane.definition
  const { startedAt, endedAt, error, threadId } = report
  events.emit('run.ended', {
    entrypoint: id,
    service,
    method,
    sequence: tick.sequence,
    dueWall: tick.dueWall,
    lateness: startedAt === undefined ? undefined : secondsFromMicros(startedAt - tick.dueMono),
    duration: startedAt === undefined || endedAt === undefined ? undefined : secondsFromMicros(endedAt - startedAt),
    outcome,
    attempt,
    error,
    threadId,
  })
}

export function announceRetry(events: Events, { lane, tick, attempt }: Run, delay: Micros, report: RunReport): void {
  const inSeconds = secondsFromMicros(delay)
  events.emit('run.retrying', { ...timerEvent(lane), sequence: tick.sequence, attempt, inSeconds, error: report.error })
}

export function announceCircuit(events: Events, lane: Lane, reason: CircuitReason | undefined): void {
  events.emit('circuit.changed', { ...timerEvent(lane), state: lane.circuit.state, reason })
}
