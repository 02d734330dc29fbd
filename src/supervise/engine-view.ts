/** The views of an engine: its timers, threads and health, as plain data. */
import type { Timer } from '../dispatch/lane.js'
import type { Health, HealthProblem, HealthProblemKind } from '../kernel/health.js'
import { formatSpan, type Micros, secondsFromMicros, wallTimeOf } from '../kernel/time.js'
import type { ThreadView, TimerView } from '../kernel/view.js'
import type { Running } from './assemble.js'
import type { PoolThreads } from './make-pools.js'
import type { Pauses } from './pauses/pauses.js'
import { notOfferedText } from './queue/offer-watch.js'

/** The states of an engine. */
export type EngineState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'

/** When the scheduler is late by more than this, it counts as stalled. */
const STALLED_AFTER: Micros = 5_000_000

export function viewTimers({ timers, scheduler, clock }: Running, pauses: Pauses): TimerView[] {
  const [now, wallNow] = [clock.now(), clock.wallNow()]
  return timers.map((timer) => {
    const { id, service, method, name, schedule, overlap, missed, scope, timeout } = timer.definition
    const nextDue = scheduler.nextDue(timer.index)
    const pause = pauses.of(timer)
    return {
      id,
      service,
      method,
      ...(name !== undefined && { name }),
      schedule,
      overlap,
      missed,
      scope,
      ledger: timer.ledger.counts(),
      isPaused: timer.isPaused,
      ...(pause && { pause }),
      circuit: viewCircuit(timer, now),
      consecutiveFailures: timer.lane.failures.length,
      interval: secondsFromMicros(scheduler.period(timer.index)),
      ...(timeout !== undefined && { timeout: secondsFromMicros(timeout) }),
      ...(nextDue !== undefined && { nextDueAt: wallTimeOf(nextDue, now, wallNow) }),
      ...(timer.lastSuccessAt !== undefined && { lastSuccessAt: timer.lastSuccessAt }),
    }
  })
}

function viewCircuit({ lane: { circuit } }: Timer, now: Micros): TimerView['circuit'] {
  const reason = circuit.blocks(now)
  return { state: circuit.state, ...(reason && { reason }) }
}

export function viewThreads({ threads }: Running<PoolThreads>): ThreadView[] {
  return threads.pools.flatMap((pool) => pool.view())
}

/** @param running undefined until the services are known. */
export function healthOf(
  state: EngineState,
  running: Running<PoolThreads> | undefined,
  pauses: Pauses | undefined,
): Health {
  if (state === 'running' && running) return healthWhileRunning(running, pauses?.problems ?? [])
  const live = state !== 'failed' && state !== 'stopped'
  const kind = live ? 'supervisor_changing' : 'supervisor_ended'
  return { live, ready: false, problems: [{ kind, text: `the supervisor is ${state}` }] }
}

/** The health of an engine whose scheduler is running. */
function healthWhileRunning(running: Running<PoolThreads>, pauseProblems: readonly string[]): Health {
  const { marks, queue } = running
  const behind = running.scheduler.behind()
  const isStalled = behind > STALLED_AFTER
  const stalls = isStalled ? [`the scheduler is ${formatSpan(behind)} behind`] : []
  const threads = viewThreads(running)
    .filter(({ state, problem }) => (state !== 'idle' && state !== 'busy') || problem !== undefined)
    .map(({ services, slot, state, problem }) => {
      return `thread ${slot} of ${services.join(', ')} is ${state}${problem === undefined ? '' : `: ${problem}`}`
    })
  // A store that fails is reported, but this instance stays ready, because it can do its other work.
  return {
    live: !isStalled,
    ready: stalls.length + threads.length === 0,
    problems: [
      ...allOf('scheduler_stalled', stalls),
      ...allOf('thread', threads),
      ...running.coordinator.trouble.map((trouble): HealthProblem => ({ kind: 'store', ...trouble })),
      ...allOf('marks', marks?.problems ?? []),
      ...allOf('queue', queue?.problems ?? []),
      ...running.coordinator.notOffered.map(
        (found): HealthProblem => ({ kind: 'not_offered', text: notOfferedText([found]), since: found.since }),
      ),
      ...allOf('pauses', pauseProblems),
    ],
  }
}

function allOf(kind: HealthProblemKind, texts: readonly string[]): HealthProblem[] {
  return texts.map((text) => ({ kind, text }))
}
