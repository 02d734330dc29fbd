import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../src/admin/api/schemas.js'
import { EventStreamReader } from '../../../src/admin/dashboard/model/event-stream.js'
import { NO_ROWS, withFacts, withTicks } from '../../../src/admin/dashboard/model/rows.js'
import { healthyDeployment } from '../../support/dashboard/fake-deployment.js'
import { cellsOf, ENDS, entrypointOf } from '../../support/dashboard/fake-entrypoints.js'

const NOW = Date.UTC(2026, 10, 27)
const fakes = healthyDeployment(NOW).entrypoints
const answer = (withStrips: boolean) => ({
  at: NOW,
  ends: [...ENDS],
  entrypoints: fakes.map((fake) => {
    const strip = cellsOf(fake, NOW)
    const entrypoint = entrypointOf(fake, NOW, strip)
    return withStrips ? { ...entrypoint, strip } : entrypoint
  }),
})

describe('the rows of the list', () => {
  const rows = withFacts(NO_ROWS, answer(true))

  it('keep their cells when facts come without strips, and stay the same objects when no fact changed', () => {
    const again = withFacts(rows, answer(false))
    expect(again.list.map((row, index) => row === rows.list[index])).toEqual([true, true, true, true])
    expect(again.list[0]!.cells).toHaveLength(60)
  })

  it('change only where a tick ended', () => {
    const cell: Cell = [NOW, 0, 1, 15, 900]
    const ids = fakes.map(({ id }) => id).reverse()
    const next = withTicks(rows, ids, [[0, ...cell]])
    expect(next.list.map((row, index) => row === rows.list[index])).toEqual([true, true, true, false])
    expect(next.list[3]!.cells.at(-1)).toEqual(cell)
  })

  it('follow the order of the server, and forget what it no longer has', () => {
    const { entrypoints, ...rest } = answer(false)
    const next = withFacts(rows, { ...rest, entrypoints: [entrypoints[2]!, entrypoints[0]!] })
    expect(next.list).toEqual([rows.list[2], rows.list[0]])
  })

  it('leave out ticks of entrypoints that they do not know', () => {
    expect(withTicks(rows, [], [[7, NOW, 0, 1, null, null]]).list).toEqual(rows.list)
  })
})

describe('the reader of the event stream', () => {
  const text = ': hello\n\nevent: ticks\ndata: {"a":\ndata: 1}\n\ndata: plain\r\n\r\nevent: status\ndata: 2\n\n'

  it.each([1, 2, 7, 1_000])('finds the same events in pieces of %d characters', (size) => {
    const reader = new EventStreamReader()
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!
    expect(pieces.flatMap((piece) => reader.read(piece))).toEqual([
      { event: 'ticks', data: '{"a":\n1}' },
      { event: 'message', data: 'plain' },
      { event: 'status', data: '2' },
    ])
  })
})
