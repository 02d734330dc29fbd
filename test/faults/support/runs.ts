/** Runs put together from what was told of them. */
import { groupBy } from './group-by.js'
import type { Entry, History, Nanos, OverEntry, ProcessEntry, RunEntry } from './history.js'

/** Later than everything. */
const FOREVER: Nanos = 2n ** 63n

export interface ObservedRun {
  readonly instance: string
  readonly entrypoint: string
  readonly dueTime: number
  readonly token: bigint | undefined
  readonly due: Nanos
  readonly begin: Nanos
  /** When it was over at the latest; undefined when nothing tells that it ever was. */
  readonly end: Nanos | undefined
}

/** In the order they began. */
export function runsOf({ entries }: History): ObservedRun[] {
  const endings = groupBy(entries.filter(isEnding), (entry) => `${entry.instance} ${entry.entrypoint} ${entry.dueTime}`)
  const lastSigns = new Map(entries.filter(isLastSign).map(({ instance, at }) => [instance, at]))
  return entries
    .filter((entry): entry is RunEntry => entry.kind === 'begin')
    .map(({ instance, entrypoint, dueTime, token, due, at: begin }) => {
      const ending = endings.get(`${instance} ${entrypoint} ${dueTime}`)?.find(({ at }) => at >= begin)
      return { instance, entrypoint, dueTime, token, due, begin, end: ending?.at ?? lastSigns.get(instance) }
    })
    .sort((a, b) => (a.begin < b.begin ? -1 : 1))
}

/** Until when an instance was frozen last, within a span that goes on for ever unless it ends; undefined when it was not. */
export function frozenUntil(
  { entries }: History,
  instance: string,
  from: Nanos,
  to: Nanos = FOREVER,
): Nanos | undefined {
  let frozenAt: Nanos | undefined
  let until: Nanos | undefined
  for (const { kind, at, ...entry } of entries) {
    if (entry.instance !== instance) continue
    if (kind === 'frozen') frozenAt = at
    if (kind !== 'thawed') continue
    if (frozenAt !== undefined && frozenAt <= to && at >= from) until = at < to ? at : to
    frozenAt = undefined
  }
  return frozenAt !== undefined && frozenAt <= to ? to : until
}

function isEnding(entry: Entry): entry is RunEntry | OverEntry {
  return entry.kind === 'end' || entry.kind === 'aborted' || entry.kind === 'over'
}

function isLastSign(entry: Entry): entry is ProcessEntry {
  return entry.kind === 'killed' || entry.kind === 'exited'
}
