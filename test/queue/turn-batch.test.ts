/** The numbers are those of src/queue/turn-batch.ts. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TurnBatch } from '../../src/queue/turn-batch.js'

it('the messages of one turn and of its microtasks are sent together, in their order (1, 2)', async () => {
  const sent: (readonly number[])[] = []
  const batch = new TurnBatch<number>((messages) => sent.push(messages))
  batch.add(1)
  void Promise.resolve()
    .then(() => batch.add(3))
    .then(() => batch.add(4))
  batch.add(2)
  expect(sent).toEqual([])
  await nextTurn()
  expect(sent).toEqual([[1, 2, 3, 4]])
  batch.add(5)
  await nextTurn()
  expect(sent).toEqual([[1, 2, 3, 4], [5]])
})
