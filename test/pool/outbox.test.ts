/** The states and invariants that src/pool/outbox.ts lists, by their numbers. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../src/pool/outbox.js'

function collected() {
  const sent: (readonly number[])[] = []
  return { sent, outbox: new Outbox((records) => sent.push(records)) }
}

describe('the runs that are handed to a thread in one turn', () => {
  it('of the runs of one turn the first is sent at once, those after it in messages that double, the rest when the turn is over', async () => {
    const { sent, outbox } = collected()
    for (let record = 0; record < 9; record++) outbox.add(record)
    expect(sent).toEqual([[0], [1, 2], [3, 4, 5, 6]])
    await Promise.resolve()
    expect(sent.at(-1)).toEqual([7, 8])
  })

  it('the first run of the next turn is sent at once again', async () => {
    const { sent, outbox } = collected()
    for (let record = 0; record < 3; record++) outbox.add(record)
    await Promise.resolve()
    outbox.add(3)
    expect(sent).toEqual([[0], [1, 2], [3]])
  })

  it('no run is sent after the end (invariant 4)', async () => {
    const { sent, outbox } = collected()
    outbox.add(0)
    outbox.add(1)
    outbox.end()
    for (let record = 2; record < 9; record++) outbox.add(record)
    await Promise.resolve()
    expect(sent).toEqual([[0]])
  })

  it('whatever the turns, each run is sent once, in order, by the end of its turn (invariants 1 and 3)', async () => {
    const turns = fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(turns, async (sizes) => {
        const { sent, outbox } = collected()
        let added = 0
        for (const size of sizes) {
          for (let run = 0; run < size; run++) outbox.add(added++)
          await Promise.resolve()
          expect(sent.flat()).toEqual(Array.from({ length: added }, (_, record) => record))
        }
      }),
      { numRuns: 30 },
    )
  })
})
