/**
 * The strip of the last ticks of an entrypoint: one cell for each, the oldest on the left, the newest at the right edge.
 * A run has the full height, a skipped tick half of it, so that the two differ without colours as well.
 */
import type { Cell } from '../../api/schemas.js'
import { amount, momentText, plainWord, spanText } from './words.js'

/** Cells of a strip. */
export const STRIP_CELLS = 60
export const STRIP_HEIGHT = 10

const GAP = 0.15
const OUTCOMES: ReadonlySet<string> = new Set(['completed', 'failed', 'timed_out', 'aborted', 'crashed', 'declined'])

/** All cells with one end as one path: a strip has few elements however many cells it has. */
export interface StripPath {
  readonly end: string
  readonly d: string
}

type Ends = readonly string[]

export function isOutcome(end: string): boolean {
  return OUTCOMES.has(end)
}

/** Neither runs nor skips: what became of them is known on another instance. */
const QUEUED: ReadonlySet<string> = new Set(['handed_over', 'returned'])

export function isSkip(end: string): boolean {
  return !isOutcome(end) && !QUEUED.has(end)
}

function endOf(cell: Cell, ends: Ends): string {
  return ends[cell[1]] ?? 'unknown'
}

/** Adds the cells of ticks that ended since; the oldest leave. */
export function withCells(cells: readonly Cell[], added: readonly Cell[]): readonly Cell[] {
  return [...cells, ...added].slice(-STRIP_CELLS)
}

export function stripPaths(cells: readonly Cell[], ends: Ends): readonly StripPath[] {
  const paths = new Map<string, string>()
  const first = STRIP_CELLS - cells.length
  cells.forEach((cell, index) => {
    const end = endOf(cell, ends)
    const height = isOutcome(end) ? STRIP_HEIGHT : STRIP_HEIGHT / 2
    const width = 1 - GAP
    const rect = `M${first + index} ${STRIP_HEIGHT - height}h${width}v${height}h-${width}z`
    paths.set(end, (paths.get(end) ?? '') + rect)
  })
  return [...paths].map(([end, d]) => ({ end, d }))
}

/** The cell under a place of the strip. @param place 0 is the left edge, 1 the right edge. */
export function cellAt(cells: readonly Cell[], place: number): Cell | undefined {
  return cells[Math.floor(place * STRIP_CELLS) - (STRIP_CELLS - cells.length)]
}

/** What a strip shows, for somebody who does not see it: `last 60 ticks: 55 completed, 5 skipped (running)`. */
export function stripSummary(cells: readonly Cell[], ends: Ends): string {
  const counts = new Map<string, number>()
  let all = 0
  for (const cell of cells) {
    const end = endOf(cell, ends)
    counts.set(end, (counts.get(end) ?? 0) + cell[2])
    all += cell[2]
  }
  if (all === 0) return 'no tick has ended yet'
  const parts = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([end, count]) => (isSkip(end) ? `${count} skipped (${plainWord(end)})` : `${count} ${plainWord(end)}`))
  return `last ${amount(all, 'tick')}: ${parts.join(', ')}`
}

/** One cell in words, for its tooltip. */
export function cellText(cell: Cell, ends: Ends, zone?: string): string {
  const [dueAt, , ticks, latenessUs, durationUs] = cell
  const end = endOf(cell, ends)
  const lines = [
    isSkip(end)
      ? `${amount(ticks, 'tick')} skipped: ${plainWord(end)}`
      : `${ticks > 1 ? `${amount(ticks, 'tick')} ` : ''}${plainWord(end)}`,
    `due ${momentText(dueAt, zone)}`,
  ]
  if (latenessUs !== null) lines.push(`started ${spanText(latenessUs / 1_000)} late`)
  if (durationUs !== null) lines.push(`ran for ${spanText(durationUs / 1_000)}`)
  return lines.join('\n')
}
