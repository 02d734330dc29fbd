import { describe, expect, it } from 'vitest'
import { chooseSlot, type PlaceableSlot } from '../../src/pool/placement.js'

interface Given {
  /** Default: true. */
  readonly isUp?: boolean
  /** Runs and calls in progress. */
  readonly load: number
  /** All that is in progress are runs held in the gate until this moment. */
  readonly gatedUntil?: number
}

const NOW = 1_000

function slot({ isUp = true, load, gatedUntil = 0 }: Given): PlaceableSlot {
  return { isUp, load, isIdle: (now) => load === 0 || now < gatedUntil }
}

const starting = { isUp: false, load: 0 }
const free = { load: 0 }
const gated = (load: number) => ({ load, gatedUntil: NOW + 1 })

const cases: readonly [title: string, slots: readonly Given[], chosen: number | undefined][] = [
  ['no slot at all gives nothing', [], undefined],
  ['no slot that is up gives nothing', [starting, starting], undefined],
  ['a slot that is not up is passed over, though it has no work', [starting, { load: 5 }], 1],
  ['of equal slots the first is chosen', [free, free], 0],
  ['of busy slots the one with fewer runs and calls is chosen', [{ load: 3 }, { load: 1 }, { load: 2 }], 1],
  ['of equally busy slots the first is chosen', [{ load: 3 }, { load: 2 }, { load: 2 }], 1],
  ['an idle slot goes before a busy one, wherever it stands', [{ load: 1 }, free, { load: 1 }], 1],
  [
    'of two timers due together, the second goes to the slot that holds the first in its gate, not to one in a long run',
    [{ load: 1 }, gated(1)],
    1,
  ],
  ['a slot whose runs are all gated goes before a busy one with less load', [{ load: 1 }, gated(3)], 1],
  ['a busy slot with less load does not displace an idle one before it', [gated(3), { load: 1 }], 0],
  ['of idle slots the one with fewer gated runs is chosen', [gated(2), gated(1)], 1],
  ['a free slot goes before one with a gated run', [gated(1), free], 1],
  ['a run whose gate has opened makes its slot busy', [{ load: 1, gatedUntil: NOW }, gated(2)], 1],
]

describe('the slot for the next run or call', () => {
  it.each(cases)('the slot for the next run or call: %s', (_, slots, chosen) => {
    const given = slots.map(slot)
    const expected = chosen === undefined ? undefined : given[chosen]
    expect(chooseSlot(given, NOW)).toBe(expected)
  })
})
