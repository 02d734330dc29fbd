import { describe, expect, it } from 'vitest'
import { nextStep } from '../../src/coordinate/lease-term.js'
import { SECOND, TIMING } from './scripted-elector.js'

describe('what a holder does next', () => {
  const leaseTerm = { epoch: 1n, confirmed: { at: 100 * SECOND, wallAt: 1_000_000 }, lastRequestAt: 100 * SECOND }
  const after = (seconds: number, wallSeconds = seconds) => ({
    at: (100 + seconds) * SECOND,
    wallAt: 1_000_000 + wallSeconds * 1_000,
  })

  it.each([
    ['waits until the retry period is over', 0.5, 0.5, 100, { kind: 'wait', span: 1.5 * SECOND }],
    ['renews then', 2, 2, 100, { kind: 'renew', within: 2 * SECOND }],
    ['waits after an attempt that failed', 5, 5, 104, { kind: 'wait', span: SECOND }],
    ['waits no longer than until the deadline', 7, 7, 106.5, { kind: 'wait', span: SECOND }],
    ['waits no longer for an answer', 7, 7, 105, { kind: 'renew', within: SECOND }],
    ['gives up at the deadline', 8, 8, 106, { kind: 'lose', cause: 'unconfirmed' }],
    ['gives up at the deadline of the wall clock', 2, 8, 100, { kind: 'lose', cause: 'unconfirmed' }],
    ['finds its lease expired', 14.85, 3, 100, { kind: 'lose', cause: 'expired' }],
    ['finds its lease expired by the wall clock', 3, 14.85, 100, { kind: 'lose', cause: 'expired' }],
    ['takes no notice of a wall clock that was set back', 2, -3_600, 100, { kind: 'renew', within: 2 * SECOND }],
  ])('%s', (_, seconds, wallSeconds, asked, step) => {
    const now = after(seconds, wallSeconds)
    expect(nextStep(TIMING, { ...leaseTerm, lastRequestAt: asked * SECOND }, now)).toEqual(step)
  })
})
