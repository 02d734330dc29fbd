import { describe, expect, it } from 'vitest'
import { decide, type LaneFacts } from '../../src/dispatch/decide.js'
import { OVERLAPS } from '../../src/kernel/vocabulary.js'

const free: LaneFacts = {
  stopping: false,
  paused: false,
  blockedBy: undefined,
  holdsLease: true,
  claiming: 0,
  inWindow: true,
  overlap: 'skip',
  concurrency: 1,
  active: 0,
  started: 0,
  returned: 0,
  hasThread: true,
}

describe('decide', () => {
  it.each(OVERLAPS)('decide runs a tick of a free lane with overlap %s', (overlap) => {
    expect(decide({ ...free, overlap })).toEqual({ do: 'run' })
  })

  it.each([
    ['a run that has started', { active: 1, started: 1 }, { do: 'skip', reason: 'running' }],
    ['a run that could not begin yet', { active: 1, started: 0 }, { do: 'skip', reason: 'saturated' }],
    ['a run in flight, and may wait', { active: 1, started: 1, overlap: 'wait' }, { do: 'wait' }],
    ['a run in flight, and may replace it', { active: 1, started: 1, overlap: 'replace' }, { do: 'replace' }],
    ['a run that has returned its method', { active: 1, started: 1, returned: 1 }, { do: 'wait' }],
    ['an open circuit', { blockedBy: 'circuit_open' }, { do: 'skip', reason: 'circuit_open' }],
    ['a quarantine', { blockedBy: 'quarantined' }, { do: 'skip', reason: 'quarantined' }],
    ['fewer runs than may overlap', { active: 2, started: 2, overlap: 'allow', concurrency: 3 }, { do: 'run' }],
    [
      'as many runs as may overlap',
      { active: 3, started: 2, overlap: 'allow', concurrency: 3 },
      { do: 'skip', reason: 'running' },
    ],
    ['no thread', { hasThread: false }, { do: 'wait' }],
    ['no thread but a run in flight', { hasThread: false, active: 1, started: 1 }, { do: 'skip', reason: 'running' }],
  ] as const)('decides about a lane with %s', (_, facts, decision) => {
    expect(decide({ ...free, ...facts })).toEqual(decision)
  })

  it('decide returns the most general skip reason when several apply', () => {
    const all = { ...free, stopping: true, paused: true, inWindow: false, active: 1, started: 1 }
    expect(decide(all)).toEqual({ do: 'skip', reason: 'stopping' })
    expect(decide({ ...all, stopping: false })).toEqual({ do: 'skip', reason: 'paused' })
    expect(decide({ ...all, stopping: false, paused: false })).toEqual({ do: 'skip', reason: 'outside_window' })
  })
})
