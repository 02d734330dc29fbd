/** What the test of the reader and its writer thread share. */
import type { Catalogue } from '../../src/counters/catalogue.js'
import { catalogueOf } from '../../src/counters/catalogue.js'
import { layoutOf, rowAt } from '../../src/counters/layout.js'
import { Row } from '../../src/counters/row.js'
import { countedService } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

export interface WriterSetup {
  /** `unversioned`: the sequence words that the writer changes are not those that the reader sees. */
  readonly kind: 'versioned' | 'unversioned'
  readonly memory: SharedArrayBuffer
  /** How often the writer has been through its moves, and the word that ends it. */
  readonly progress: Int32Array
}

export const STOP = 0
export const ROUNDS = 1
export const PROGRESS_WORDS = 2

const TIMERS = 50

export function manyTimers(): Catalogue {
  const timers = Array.from({ length: TIMERS }, (_, index) => timerDefinition({ method: `m${index}` }))
  return catalogueOf([countedService(timers)])
}

/** The row of each timer, with the sequence words in `sequence`. */
export function timerRows(catalogue: Catalogue, memory: SharedArrayBuffer, sequence: Int32Array): Row[] {
  const layout = layoutOf(catalogue)
  const words = new Float64Array(memory)
  return catalogue.timers.map((_, index) => new Row(words, sequence, rowAt(layout, 'timers', index)))
}
