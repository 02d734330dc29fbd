/** Finds ticks that come due together on one thread: all but the first wait for the others. */
import type { ServiceDefinition, TimerDefinition } from '../../kernel/definitions.js'
import { formatSpan, type Micros, type Millis, microsFromMillis } from '../../kernel/time.js'
import { dueMoments, type Origin, type Span } from './due-moments.js'

export interface Herd {
  /** The first time that these ticks come due together. */
  readonly dueAt: Millis
  /** Name of the pool whose thread, or threads, they share. */
  readonly thread: string
  readonly ticks: number
  readonly entrypoints: readonly string[]
  /** What to do about it. */
  readonly advice: string
}

/** Due moments that are looked at, of all timers together and of each. */
const MOST_LOOKED_AT = 200_000
const MOST_OF_EACH = 2_000
const FEWEST_OF_EACH = 50
const MOST_HERDS = 20
/** So many names are written in an advice. */
const NAMED = 3
/** Jitter up to a tenth of the period spreads ticks and is hardly noticed. */
const JITTER_SHARE = 0.1
const LONGEST_JITTER: Micros = 60_000_000
const SECOND: Micros = 1_000_000

interface PoolTimer {
  readonly timer: TimerDefinition
  readonly moments: readonly Millis[]
}

/** Largest first. Of herds that contain each other only the largest is told. */
export function herdsOf(services: readonly ServiceDefinition[], span: Span, origin: Origin): Herd[] {
  const timers = services.reduce((sum, service) => sum + service.timers.length, 0)
  const ofEach = Math.max(FEWEST_OF_EACH, Math.min(MOST_OF_EACH, Math.floor(MOST_LOOKED_AT / Math.max(1, timers))))
  const pools = [...new Set(services.map(({ pool }) => pool))]
  return pools
    .flatMap((pool) => {
      const members = services.filter((service) => service.pool === pool)
      const found = members
        .flatMap(({ timers }) => timers)
        .map((timer) => ({ timer, moments: first(ofEach, dueMoments(timer, span, origin)) }))
      return herdsOfPool(pool, Math.max(...members.map(({ threads }) => threads)), found)
    })
    .sort((a, b) => b.ticks - a.ticks || a.dueAt - b.dueAt)
    .slice(0, MOST_HERDS)
}

function herdsOfPool(pool: string, threads: number, timers: readonly PoolTimer[]): Herd[] {
  const together = new Map<number, PoolTimer[]>()
  for (const one of timers) {
    for (const moment of one.moments) {
      const key = Math.round(moment)
      const others = together.get(key)
      if (others) others.push(one)
      else together.set(key, [one])
    }
  }
  const crowds = [...together]
    .filter(([, crowd]) => crowd.length > threads)
    .sort(([a, crowdA], [b, crowdB]) => crowdB.length - crowdA.length || a - b)
  const largest: { readonly dueAt: Millis; readonly crowd: readonly PoolTimer[] }[] = []
  for (const [dueAt, crowd] of crowds) {
    if (largest.length === MOST_HERDS) break
    if (!largest.some((larger) => crowd.every((one) => larger.crowd.includes(one)))) largest.push({ dueAt, crowd })
  }
  return largest.map(({ dueAt, crowd }) => ({
    dueAt,
    thread: pool,
    ticks: crowd.length,
    entrypoints: crowd.map(({ timer }) => timer.id),
    advice: adviceFor(crowd, threads),
  }))
}

function adviceFor(crowd: readonly PoolTimer[], threads: number): string {
  const grids = crowd.filter(({ timer: { schedule } }) => schedule.kind === 'interval' && schedule.shift === undefined)
  const jittered = crowd.filter(({ timer: { schedule, jitter } }) => schedule.kind !== 'interval' && jitter === 0)
  const steps = [
    ...(grids.length > 0 ? [`set spread: true on ${names(grids)}`] : []),
    ...(jittered.length > 0 ? [`set jitter: '${jitterFor(jittered)}' on ${names(jittered)}`] : []),
    `give them ${threads === 1 ? 'more than one thread' : `more than ${threads} threads`}`,
  ]
  return `${crowd.length} ticks share ${threads === 1 ? 'one thread' : `${threads} threads`}: ${steps.join(', or ')}`
}

function names(timers: readonly PoolTimer[]): string {
  const ids = timers.map(({ timer }) => timer.id)
  if (ids.length <= NAMED + 1) return ids.join(', ')
  return `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more`
}

/** A span that suits the shortest period of these timers. */
function jitterFor(timers: readonly PoolTimer[]): string {
  const periods = timers.flatMap(({ moments: [one, two] }) =>
    one === undefined || two === undefined ? [] : [microsFromMillis(two - one)],
  )
  const longest = Math.min(LONGEST_JITTER, ...periods.map((period) => period * JITTER_SHARE))
  return formatSpan(longest >= SECOND ? Math.floor(longest / SECOND) * SECOND : Math.max(1_000, Math.floor(longest)))
}

function first(most: number, moments: Iterable<Millis>): Millis[] {
  const found: Millis[] = []
  for (const moment of moments) {
    found.push(moment)
    if (found.length === most) break
  }
  return found
}
