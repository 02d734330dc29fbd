/**
 * Finds the ticks of a `scope: 'cluster'` entrypoint that did not run, and checks that each has a reason.
 *
 * Every instance that was up accounts for every tick. `claimed_elsewhere` alone is no reason: the instance that claimed the tick
 * must have been killed before its run began.
 */
import type { History, Nanos, SkipEntry } from './history.js'
import { runsOf } from './runs.js'

export interface TickGrid {
  readonly entrypoint: string
  readonly periodMs: number
  /** Milliseconds since the epoch; ticks before the first and from the second on are not looked at. */
  readonly from: number
  readonly to: number
  /** Where a moment of the machine's clock lies on the wall clock. */
  readonly wallTimeOf: (at: Nanos) => number
}

export interface TickReport {
  readonly ticks: number
  readonly ran: number
  /** How many that did not run were accounted for by what: reasons, sorted and joined. */
  readonly explained: Readonly<Record<string, number>>
  /** Why a tick is not accounted for. */
  readonly unexplained: readonly string[]
}

interface Life {
  readonly instance: string
  readonly from: number
  readonly to: number
  /** It could say to the end what became of its ticks. */
  readonly isComplete: boolean
}

export function accountForTicks(history: History, grid: TickGrid): TickReport {
  const { entrypoint, periodMs, from, to } = grid
  const ran = new Set(
    runsOf(history)
      .filter((run) => run.entrypoint === entrypoint)
      .map(({ dueTime }) => dueTime),
  )
  const skips = skipsByDueTime(history, grid)
  const lives = livesOf(history, grid)
  const explained: Record<string, number> = {}
  const unexplained: string[] = []
  let ticks = 0
  for (let dueTime = Math.ceil(from / periodMs) * periodMs; dueTime < to; dueTime += periodMs) {
    ticks++
    if (ran.has(dueTime)) continue
    const { reasons, problem } = explain(dueTime, periodMs, skips.get(dueTime) ?? [], lives)
    const key = reasons.join(', ')
    if (problem) unexplained.push(`${entrypoint}@${new Date(dueTime).toISOString()}: ${problem} (${key})`)
    else explained[key] = (explained[key] ?? 0) + 1
  }
  return { ticks, ran: ticks - unexplained.length - sum(explained), explained, unexplained }
}

function explain(dueTime: number, periodMs: number, skips: readonly SkipEntry[], lives: readonly Life[]) {
  const present = lives.filter((life) => life.from <= dueTime - periodMs && life.to >= dueTime + periodMs)
  const silent = present.filter(
    ({ instance, isComplete }) => isComplete && !skips.some((skip) => skip.instance === instance),
  )
  const gone = lives.filter((life) => !life.isComplete && life.from <= dueTime && life.to >= dueTime - periodMs)
  const own = skips.filter(({ reason }) => reason !== 'claimed_elsewhere')
  const reasons = [...new Set(skips.map(({ reason }) => reason))].sort()
  if (present.length === 0) reasons.push('nobody there')
  else if (own.length === 0 && gone.length > 0) reasons.push('owner killed')
  const problem =
    silent.length > 0
      ? `nothing said by ${silent.map(({ instance }) => instance).join(', ')}`
      : present.length > 0 && own.length === 0 && gone.length === 0
        ? 'claimed by nobody who is gone'
        : undefined
  return { reasons, problem }
}

/** One entry may stand for several ticks: the last, and those before it. */
function skipsByDueTime({ entries }: History, { entrypoint, periodMs }: TickGrid): Map<number, SkipEntry[]> {
  const skips = entries.filter((entry): entry is SkipEntry => entry.kind === 'skip' && entry.entrypoint === entrypoint)
  const byDueTime = new Map<number, SkipEntry[]>()
  for (const skip of skips) {
    for (let back = 0; back < skip.count; back++) {
      const dueTime = skip.dueTime - back * periodMs
      byDueTime.set(dueTime, [...(byDueTime.get(dueTime) ?? []), skip])
    }
  }
  return byDueTime
}

function livesOf({ entries }: History, { wallTimeOf }: TickGrid): Life[] {
  return entries.flatMap((started) => {
    if (started.kind !== 'started') return []
    const { instance } = started
    const end = entries.find(
      (entry) => entry.instance === instance && (entry.kind === 'killed' || entry.kind === 'stopping'),
    )
    const to = end ? wallTimeOf(end.at) : Number.POSITIVE_INFINITY
    return { instance, from: wallTimeOf(started.at), to, isComplete: end?.kind !== 'killed' }
  })
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
