/**
 * What a run did between its due moment and its end, on one scale for all runs that are shown: it was due, it waited, it started, it
 * reached its time-out, it ended or was killed.
 */
import type { Tick } from '../../api/schemas.js'

export const TIMELINE_WIDTH = 100

export interface RunBar {
  /** Where each moment is, from 0 (due) to {@link TIMELINE_WIDTH}. */
  readonly start: number
  readonly end: number
  /** Undefined when the run did not reach a time-out. */
  readonly timeout: number | undefined
}

/** The span that the whole width stands for; 0 when nothing ran. */
export function timelineSpanMs(ticks: readonly Tick[]): number {
  return Math.max(0, ...ticks.map((tick) => (tick.latenessMs ?? 0) + (tick.durationMs ?? 0)))
}

/** Undefined for a tick that was not run. */
export function runBar(tick: Tick, spanMs: number, timeoutMs: number | undefined): RunBar | undefined {
  if (tick.decision !== 'run' || tick.latenessMs === undefined || spanMs <= 0) return undefined
  const place = (ms: number) => Math.round((Math.min(Math.max(ms, 0), spanMs) / spanMs) * TIMELINE_WIDTH * 100) / 100
  const { latenessMs, durationMs = 0 } = tick
  const isOver = tick.cause === 'timeout' || tick.outcome === 'timed_out'
  return {
    start: place(latenessMs),
    end: place(latenessMs + durationMs),
    timeout: isOver && timeoutMs !== undefined ? place(latenessMs + timeoutMs) : undefined,
  }
}
