/**
 * Finds the slots (due moments) of a `scope: 'cluster'` entrypoint that did not run, and checks that each has a reason.
 *
 * Every instance that was up accounts for every slot. `claimed_elsewhere` alone is no reason: the instance that claimed the slot
 * must have been killed before its run began.
 */
import type { History, Nanos, SkipEntry } from './history.js'
import { runsOf } from './runs.js'

export interface SlotGrid {
  readonly entrypoint: string
  readonly periodMs: number
  /** Milliseconds since the epoch; slots before the first and from the second on are not looked at. */
  readonly from: number
  readonly to: number
  /** Where a moment of the machine's clock lies on the wall clock. */
  readonly wallTimeOf: (at: Nanos) => number
}

export interface SlotReport {
  readonly slots: number
  readonly ran: number
  /** How many that did not run were accounted for by what: reasons, sorted and joined. */
  readonly explained: Readonly<Record<string, number>>
  /** Why a slot is not accounted for. */
  readonly unexplained: readonly string[]
}

interface Life {
  readonly instance: string
  readonly from: number
  readonly to: number
  /** It could say to the end what became of its slots. */
  readonly isComplete: boolean
}

export function accountForSlots(history: History, grid: SlotGrid): SlotReport {
  const { entrypoint, periodMs, from, to } = grid
  const ran = new Set(
    runsOf(history)
      .filter((run) => run.entrypoint === entrypoint)
      .map(({ slot }) => slot),
  )
  const skips = skipsBySlot(history, grid)
  const lives = livesOf(history, grid)
  const explained: Record<string, number> = {}
  const unexplained: string[] = []
  let slots = 0
  for (let slot = Math.ceil(from / periodMs) * periodMs; slot < to; slot += periodMs) {
    slots++
    if (ran.has(slot)) continue
    const { reasons, problem } = explain(slot, periodMs, skips.get(slot) ?? [], lives)
    const key = reasons.join(', ')
    if (problem) unexplained.push(`${entrypoint}@${new Date(slot).toISOString()}: ${problem} (${key})`)
    else explained[key] = (explained[key] ?? 0) + 1
  }
  return { slots, ran: slots - unexplained.length - sum(explained), explained, unexplained }
}

function explain(slot: number, periodMs: number, skips: readonly SkipEntry[], lives: readonly Life[]) {
  const present = lives.filter((life) => life.from <= slot - periodMs && life.to >= slot + periodMs)
  const silent = present.filter(
    ({ instance, isComplete }) => isComplete && !skips.some((skip) => skip.instance === instance),
  )
  const gone = lives.filter((life) => !life.isComplete && life.from <= slot && life.to >= slot - periodMs)
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

/** One entry may stand for several slots: the last, and those before it. */
function skipsBySlot({ entries }: History, { entrypoint, periodMs }: SlotGrid): Map<number, SkipEntry[]> {
  const skips = entries.filter((entry): entry is SkipEntry => entry.kind === 'skip' && entry.entrypoint === entrypoint)
  const bySlot = new Map<number, SkipEntry[]>()
  for (const skip of skips) {
    for (let back = 0; back < skip.count; back++) {
      const slot = skip.slot - back * periodMs
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), skip])
    }
  }
  return bySlot
}

function livesOf({ entries }: History, { wallTimeOf }: SlotGrid): Life[] {
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
