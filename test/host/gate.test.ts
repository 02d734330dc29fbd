/** The gate of a worker thread, on the real clock: a run that is handed over early begins when it is due. */
import { describe, expect, it } from 'vitest'
import { threadGate } from '../../src/host/gate.js'
import { ThreadBlock } from '../../src/pool/thread-block.js'

const INTERVAL = 100_000

function handedOver(dueIn: number) {
  const gate = threadGate()
  const block = ThreadBlock.withRecords(1)
  const dueMono = gate.now() + dueIn
  block.writeRun(0, 0, { sequence: 1, dueMono, dueWall: 0, startBy: Number.POSITIVE_INFINITY }, 1, true)
  return { gate, block, dueMono }
}

describe('the gate of a worker thread', () => {
  it.each([0, 1, 10, 19, 20, 21, 50, 79, 80, 200, 1_000, 3_000])(
    'the gate does not open before a run that is due in %d µs is due',
    async (dueIn) => {
      const { gate, block, dueMono } = handedOver(dueIn)
      expect(await gate.hold(block, 0, dueMono, INTERVAL, true, () => {})).toBeGreaterThanOrEqual(dueMono)
    },
  )

  it('the gate opens at once for a run that has been called off', async () => {
    const { gate, block, dueMono } = handedOver(3_600_000_000)
    block.cancel(0)
    expect(await gate.hold(block, 0, dueMono, INTERVAL, true, () => {})).toBeLessThan(dueMono)
  })
})
