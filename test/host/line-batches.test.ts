import { describe, expect, it } from 'vitest'
import { LineBatches } from '../../src/host/line-batches.js'
import type { LogLines } from '../../src/pool/protocol.js'

function batches() {
  const sent: LogLines[] = []
  const turns: (() => void)[] = []
  const made = new LineBatches(
    (message) => sent.push(message),
    (callback) => turns.push(callback),
  )
  return { made, sent, endTurn: () => turns.shift()?.() }
}

describe('log lines on their way to the main thread', () => {
  it('log lines on their way to the main thread are sent at once while they are few', () => {
    const { made, sent } = batches()
    made.take('a', 30)
    made.take('b', 50)
    expect(sent).toEqual([
      { kind: 'log', lines: ['a'], levels: [30] },
      { kind: 'log', lines: ['b'], levels: [50] },
    ])
  })

  it('log lines on their way to the main thread share messages when one turn writes thousands, in order', () => {
    const { made, sent, endTurn } = batches()
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`)
    for (const line of lines) made.take(line, 30)
    endTurn()
    expect(sent.length).toBeLessThan(200)
    expect(sent.flatMap((message) => message.lines)).toEqual(lines)
  })

  it('log lines on their way to the main thread are sent one by one again in the next turn', () => {
    const { made, sent, endTurn } = batches()
    for (let line = 0; line < 100; line++) made.take('x', 30)
    endTurn()
    const before = sent.length
    made.take('y', 30)
    expect(sent.slice(before)).toEqual([{ kind: 'log', lines: ['y'], levels: [30] }])
  })
})
