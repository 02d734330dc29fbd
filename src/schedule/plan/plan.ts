/** What comes due in a span: computed from the definitions alone, before a start or beside a running engine. */
import type { ServiceDefinition, TimerDefinition } from '../../kernel/definitions.js'
import { formatSpan, type Millis } from '../../kernel/time.js'
import { clockNotes } from './clock-notes.js'
import { dueMoments, type Origin, type Span } from './due-moments.js'
import { type Herd, herdsOf } from './herds.js'

export interface PlannedTick {
  readonly entrypoint: string
  readonly dueAt: Millis
  readonly note?: string
}

export interface Plan {
  readonly from: Millis
  readonly to: Millis
  /** In the order of their due moments. */
  readonly ticks: readonly PlannedTick[]
  readonly herds: readonly Herd[]
  /** Some ticks of the span were left out. */
  readonly truncated: boolean
}

export interface PlanOptions extends Span, Origin {
  /** Only of this timer, or of the timers of this method. */
  readonly entrypoint?: string
  /** The most ticks in all. Default: 1,000. */
  readonly limit?: number
  /** The most ticks of each timer. Default: 20, or `limit` when the plan is about one entrypoint. */
  readonly limitEach?: number
}

const LIMIT = 1_000
const LIMIT_EACH = 20

/**
 * Herds are looked for among all timers, whatever entrypoint the plan is about, because the others share its thread.
 *
 * The lists are empty when there is no such entrypoint.
 */
export function planOf(services: readonly ServiceDefinition[], options: PlanOptions): Plan {
  const { from, to, entrypoint, limit = LIMIT, limitEach = entrypoint === undefined ? LIMIT_EACH : limit } = options
  const timers = services
    .flatMap(({ timers }) => timers)
    .filter((timer) => entrypoint === undefined || isNamed(timer, entrypoint))
  const planned = timers.map((timer) => ticksOf(timer, options, limitEach))
  const ticks = planned.flatMap(({ ticks }) => ticks).sort((a, b) => a.dueAt - b.dueAt)
  const chosen = new Set(timers.map(({ id }) => id))
  return {
    from,
    to,
    ticks: ticks.slice(0, limit),
    herds: herdsOf(services, options, options).filter(({ entrypoints }) => entrypoints.some((id) => chosen.has(id))),
    truncated: ticks.length > limit || planned.some(({ isCut }) => isCut),
  }
}

/** The id of a timer, or `service.method`, which stands for all timers of the method. */
function isNamed({ id, service, method }: TimerDefinition, entrypoint: string): boolean {
  return id === entrypoint || `${service}.${method}` === entrypoint
}

function ticksOf(
  timer: TimerDefinition,
  options: PlanOptions,
  most: number,
): { readonly ticks: readonly PlannedTick[]; readonly isCut: boolean } {
  const noteOf = clockNotes(timer.schedule)
  const ticks: PlannedTick[] = []
  let isCut = false
  for (const dueAt of dueMoments(timer, options, options)) {
    if (ticks.length === most) {
      isCut = true
      break
    }
    const notes = [noteOf(dueAt) ?? [], timerNotes(timer)].flat()
    ticks.push({ entrypoint: timer.id, dueAt, ...(notes.length > 0 && { note: notes.join('; ') }) })
  }
  const last = ticks.at(-1)
  if (!isCut || !last) return { ticks, isCut }
  const more = `more follow${timer.schedule.kind === 'interval' ? `, every ${formatSpan(timer.schedule.interval)}` : ''}`
  return { ticks: [...ticks.slice(0, -1), { ...last, note: last.note ? `${last.note}; ${more}` : more }], isCut }
}

/** What is true of each tick of a timer. */
function timerNotes({ schedule, jitter }: TimerDefinition): string[] {
  return [
    ...(jitter > 0 ? [`later by up to ${formatSpan(jitter)} of jitter`] : []),
    ...(schedule.kind === 'adaptive' ? ['what follows is decided by its interval function after this run'] : []),
  ]
}
