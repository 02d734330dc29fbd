/** Ways to fill the heap of a thread that end the thread and not the process. docs/semantics.md lists those that end the process. */
import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

it.each(['objects in an array', 'many arrays', 'structured clones', 'strings', 'slow growth beside awaits'])(
  'a run that fills the heap with %s ends its thread only, is charged with it, and its service ticks again',
  async (PATTERN) => {
    const supervised = await supervise(['hoarder.mjs', 'steady.mjs'], {
      config: { PATTERN, count: new SharedArrayBuffer(4) },
    })
    await supervised.log.nth(1, { msg: 'well' })
    expect(supervised.log.matching({ msg: 'thread died' })).toMatchObject([
      { pool: 'hoarder', reason: 'out_of_memory' },
    ])
    await supervised.stop()
    expect(supervised.ledger('hoarder.work').runs.crashed).toBe(1)
    expect(supervised.ledger('steady.beat').runs.crashed).toBe(0)
  },
  60_000,
)
