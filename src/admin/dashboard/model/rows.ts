/**
 * The rows of the list as they change: facts are asked for, cells arrive by themselves.
 *
 * A row that did not change stays the same object, so that whatever draws it can see at once that there is nothing to do.
 */
import type { Cell, Entrypoint, Entrypoints } from '../../api/schemas.js'
import { withCells } from './strip.js'

export interface Row {
  readonly entrypoint: Entrypoint
  readonly cells: readonly Cell[]
}

export interface Rows {
  /** Meaning of the second number of a cell. */
  readonly ends: readonly string[]
  /** Worst first. */
  readonly list: readonly Row[]
}

export const NO_ROWS: Rows = { ends: [], list: [] }

/** Takes an answer of `/api/entrypoints`. Without strips in it the cells that are known stay. */
export function withFacts(rows: Rows, { ends, entrypoints }: Entrypoints): Rows {
  const known = new Map(rows.list.map((row) => [row.entrypoint.id, row]))
  const list = entrypoints.map(({ strip, ...entrypoint }): Row => {
    const row = known.get(entrypoint.id)
    const cells = strip ?? row?.cells ?? []
    if (!row) return { entrypoint, cells }
    const facts = isEqual(row.entrypoint, entrypoint) ? row.entrypoint : entrypoint
    return facts === row.entrypoint && cells === row.cells ? row : { entrypoint: facts, cells }
  })
  return { ends, list }
}

/** Both come from JSON of the same server, so equal facts have equal text. */
function isEqual(a: Entrypoint, b: Entrypoint): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Cells of the ticks that ended since. @param ids the entrypoints in the order that the stream uses */
export function withTicks(rows: Rows, ids: readonly string[], added: readonly StreamedCell[]): Rows {
  const byId = new Map<string, Cell[]>()
  for (const [index, ...cell] of added) {
    const id = ids[index]
    if (id === undefined) continue
    const cells = byId.get(id)
    if (cells) cells.push(cell)
    else byId.set(id, [cell])
  }
  const list = rows.list.map((row) => {
    const cells = byId.get(row.entrypoint.id)
    return cells ? { ...row, cells: withCells(row.cells, cells) } : row
  })
  return { ...rows, list }
}

/** A cell of the event stream: the index of the entrypoint comes first. */
export type StreamedCell = [entrypoint: number, ...cell: Cell]
