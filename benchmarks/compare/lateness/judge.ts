/**
 * Judges the starts of a job against its due moments. Pure. All moments are in milliseconds since the block began.
 *
 * A start belongs to the due moment that its peer told it; all due moments are whole intervals away from the first that was told, so
 * a peer whose schedule drifts does not hide that by what it tells. Where a peer tells none, due moments may have passed without a start.
 * Those that passed while a run was under way were left out on purpose: they are skipped. Of the others the start belongs to the
 * oldest, and the younger ones are skipped: after a pause there is one late start. If all passed while a run was under way, the start
 * belongs to the youngest.
 *
 * A start for which no due moment has passed is an early one for the next, if that is less than half an interval away and the
 * start before is not just as near; else it is a duplicate. So a burst that makes up for lost time is one late start, and then
 * skipped due moments and as many duplicates.
 */
import type { LatenessBlock } from './contract.js'

export interface Start {
  readonly at: number
  /** As the peer told it. */
  readonly due?: number
}

export interface Observed {
  readonly intervalMs: number
  /** Length of the block. */
  readonly lengthMs: number
  /** Any due moment of a peer that tells none: the others are whole intervals away. No earlier moment is due. */
  readonly firstDue?: number
  /** All starts, in order, also those outside of the block. */
  readonly starts: readonly Start[]
  /** When runs ended, in order. */
  readonly ends: readonly number[]
}

export type Judged = Pick<
  LatenessBlock,
  'errorsMs' | 'expected' | 'skipped' | 'duplicates' | 'early' | 'mostAtOnce' | 'driftMsPerMinute'
>

interface Attributed {
  readonly at: number
  /** Undefined for a duplicate. */
  readonly due: number | undefined
}

export function judge(observed: Observed): Judged {
  const { intervalMs, lengthMs, starts } = observed
  const attributed = toldAnchor(starts) === undefined ? asWaited(observed) : asTold(observed)
  const isInside = (moment: number) => moment >= 0 && moment < lengthMs
  const errorsMs = attributed.flatMap(({ at, due }) => (due !== undefined && isInside(due) ? [at - due] : []))
  const expected = expectedIn(observed)
  return {
    errorsMs,
    expected,
    skipped: Math.max(0, expected - errorsMs.length),
    duplicates: attributed.filter(({ at, due }) => due === undefined && isInside(at)).length,
    early: errorsMs.filter((error) => error < 0).length,
    mostAtOnce: mostAtOnce(observed),
    driftMsPerMinute: drift(
      attributed.filter(({ at }) => isInside(at)),
      intervalMs,
    ),
  }
}

function toldAnchor(starts: readonly Start[]): number | undefined {
  return starts.find(({ due }) => due !== undefined)?.due
}

function asTold({ starts, intervalMs }: Observed): Attributed[] {
  const anchor = toldAnchor(starts)!
  const steps = new Set<number>()
  return starts.map(({ at, due }) => {
    const step = Math.round((due! - anchor) / intervalMs)
    if (steps.has(step)) return { at, due: undefined }
    steps.add(step)
    return { at, due: anchor + step * intervalMs }
  })
}

function asWaited({ intervalMs, firstDue, starts, ends }: Observed): Attributed[] {
  const before = (moments: readonly number[], due: number) => moments.filter((moment) => moment <= due).length
  const startMoments = starts.map(({ at }) => at)
  const isRunning = (due: number) => before(startMoments, due) > before(ends, due)
  let next = firstDue ?? 0
  let last = Number.NEGATIVE_INFINITY
  return starts.map(({ at }) => {
    const gap = at - last
    last = at
    const isEarly = at < next && next - at < intervalMs / 2 && gap > intervalMs / 2
    if (at < next && !isEarly) return { at, due: undefined }
    const waiting = [next]
    for (next += intervalMs; next <= at; next += intervalMs) waiting.push(next)
    return { at, due: waiting.find((due) => !isRunning(due)) ?? waiting.at(-1) }
  })
}

/** How many due moments are in the block. Without anything that tells where they are: as many as fit. */
function expectedIn({ intervalMs, lengthMs, firstDue, starts }: Observed): number {
  const anchor = toldAnchor(starts) ?? firstDue ?? 0
  const before = (moment: number) => Math.ceil(round((moment - anchor) / intervalMs))
  return before(lengthMs) - before(0)
}

/** Without the error of the division. */
const round = (value: number) => Math.round(value * 1e6) / 1e6

function mostAtOnce({ starts, ends, lengthMs }: Observed): number {
  const steps = [...starts.map(({ at }) => ({ at, by: 1 })), ...ends.map((at) => ({ at, by: -1 }))]
  // A run that ends at the moment at which another begins does not overlap it.
  steps.sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  let most = 0
  for (const { at, by } of steps) {
    now += by
    if (at >= 0 && at < lengthMs) most = Math.max(most, now)
  }
  return most
}

/** Least squares of how far each start is from a grid on which it is as many steps from the one before as fit best. */
function drift(starts: readonly Attributed[], intervalMs: number): number {
  const distinct = starts.filter(({ due }) => due !== undefined)
  if (distinct.length < 3) return Number.NaN
  let steps = 0
  const points = distinct.map(({ at }, index) => {
    if (index > 0) steps += Math.round((at - distinct[index - 1]!.at) / intervalMs)
    return { minutes: at / 60_000, offset: at - distinct[0]!.at - steps * intervalMs }
  })
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ offset }) => offset)]
  return mean(({ minutes, offset }) => (minutes - x) * (offset - y)) / mean(({ minutes }) => (minutes - x) ** 2)
}
