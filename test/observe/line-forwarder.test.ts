import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { LineForwarder } from '../../src/observe/log/line-forwarder.js'

/** A forwarder whose stream takes `costMicros` for each line. */
function forwarder(costMicros: number) {
  const written: string[] = []
  const turns: (() => void)[] = []
  let now = 0
  const logger = pino(
    {
      level: 'trace',
    },
    {
      write(line: string) {
        written.push(line)
        now += costMicros
      },
    },
  )
  const dropped: number[] = []
  const onDropped = (lines: number) => dropped.push(lines)
  const made = new LineForwarder({ logger, onDropped, now: () => now, nextTurn: (callback) => turns.push(callback) })
  const take = (count: number) => {
    const lines = Array.from({ length: count }, (_, index) => `line ${index}`)
    made.take({ lines, levels: lines.map(() => 30) })
    return lines
  }
  return { made, written, dropped, take, turn: () => turns.shift()?.() }
}

describe('log lines of services for a logger of the user', () => {
  it('log lines of services for a logger of the user are written at once while the logger is fast', () => {
    const { written, take } = forwarder(1)
    expect(written).toEqual(take(100))
  })

  it('log lines of services for a logger of the user take 2 ms of each turn, in order', () => {
    const { written, take, turn } = forwarder(100)
    const lines = take(50)
    expect(written).toHaveLength(20)
    turn()
    expect(written).toHaveLength(40)
    turn()
    expect(written).toEqual(lines)
  })

  it('log lines of services for a logger of the user take 2 ms of a turn even when they come in many messages', () => {
    const { written, take } = forwarder(100)
    for (let message = 0; message < 10; message++) take(10)
    expect(written).toHaveLength(20)
  })

  it('log lines of services for a logger of the user are dropped and counted when too many wait', () => {
    const { made, written, dropped, take } = forwarder(1_000)
    take(60_000)
    made.flush()
    expect(JSON.parse(written.at(-1)!)).toMatchObject({ level: 40, dropped: 10_000 })
    expect(dropped).toEqual([10_000])
    expect(written).toHaveLength(50_001)
  })
})
