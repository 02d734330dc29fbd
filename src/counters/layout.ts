/**
 * Where each row is in the memory, computed from the catalogue alone: the writer and every reader compute the same.
 *
 * The rows of a kind follow each other. Each row begins on a cache line of its own, so that two threads that work on
 * neighbouring rows do not disturb each other, and its sequence word is on the same line as the counts that change with it.
 */
import type { Catalogue } from './catalogue.js'
import {
  LEASE_ROW,
  METHOD_ROW,
  POOL_ROW,
  PROCESS_ROW,
  type RowShape,
  RPC_ROW,
  SERVICE_ROW,
  TIMER_ROW,
} from './row-shapes.js'

export type RowKind = Exclude<keyof Catalogue, 'detail'>

const SHAPES: Readonly<Record<RowKind, RowShape>> = {
  process: PROCESS_ROW,
  timers: TIMER_ROW,
  methods: METHOD_ROW,
  rpcs: RPC_ROW,
  services: SERVICE_ROW,
  pools: POOL_ROW,
  leases: LEASE_ROW,
}

const WORD_BYTES = 8
const LINE_WORDS = 8

/** The rows of one kind. */
interface Rows {
  /** The first word of the first row. */
  readonly first: number
  /** Words from one row to the next. */
  readonly stride: number
  readonly count: number
}

export interface Layout {
  readonly rows: Readonly<Record<RowKind, Rows>>
  /** Number of words of the whole memory. */
  readonly words: number
}

export function layoutOf(catalogue: Catalogue): Layout {
  let words = 0
  const rows = {} as Record<RowKind, Rows>
  for (const kind of Object.keys(SHAPES) as RowKind[]) {
    const stride = Math.ceil(SHAPES[kind].words / LINE_WORDS) * LINE_WORDS
    const count = catalogue[kind].length
    rows[kind] = { first: words, stride, count }
    words += count * stride
  }
  return { rows, words }
}

/** The first word of a row. */
export function rowAt({ rows }: Layout, kind: RowKind, index: number): number {
  const { first, stride } = rows[kind]
  return first + index * stride
}

export function bytesOf({ words }: Layout): number {
  return words * WORD_BYTES
}
