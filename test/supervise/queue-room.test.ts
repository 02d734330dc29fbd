/** How much an instance takes, and how long its lock must be. */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import { clockMarginOf } from '../../src/queue/clock-margin.js'
import { KeptTickets } from '../../src/supervise/queue/kept-tickets.js'
import { lockProblem } from '../../src/supervise/queue/lock-budget.js'
import { type RoomFacts, roomOf } from '../../src/supervise/queue/room.js'
import { soughtLeases } from '../../src/supervise/queue/sought-leases.js'
import { queued } from '../support/queue-simulation.js'
import { timerDefinition } from '../support/timer.js'

const PLAIN: RoomFacts = { isTaking: true, threads: 4, ahead: 0, open: 1, isSaturated: false, circuit: 'closed' }

describe('the room for tickets', () => {
  it.each<[facts: Partial<RoomFacts>, room: number]>([
    [{}, 3],
    [{ open: 4 }, 0],
    [{ ahead: 2 }, 5],
    [{ ahead: 2, open: 5 }, 1],
    [{ ahead: 2, isTaking: false }, 0],
    [{ ahead: 2, isSaturated: true }, 0],
    [{ ahead: 2, circuit: 'blocked' }, 0],
    [{ ahead: 2, circuit: 'probing', open: 0 }, 1],
    [{ open: 5 }, 0],
    [{ threads: 0, open: 0 }, 0],
    [{ isTaking: false }, 0],
    [{ isSaturated: true }, 0],
    [{ circuit: 'blocked' }, 0],
    [{ circuit: 'probing', open: 0 }, 1],
    [{ circuit: 'probing', open: 1 }, 0],
  ])('a service with %j has room for %i more tickets', (facts, room) => {
    expect(roomOf({ ...PLAIN, ...facts })).toBe(room)
  })
})

describe('the lock of tickets', () => {
  it('a lock that leaves half of itself for renewals is long enough, also the one of the profile fast', () => {
    expect(
      lockProblem({ lock: 15_000_000, isLockOfCoordination: false }, 0, [queued({ abortGrace: 1_000_000 })]),
    ).toBeUndefined()
    expect(
      lockProblem({ lock: 5_000_000, isLockOfCoordination: false }, 0, [queued({ abortGrace: 1_000_000 })]),
    ).toBeUndefined()
  })

  it('a lock that is too short for a grace is refused with the length that would do', () => {
    expect(
      lockProblem({ lock: 5_000_000, isLockOfCoordination: false }, 0, [
        queued(),
        queued({ abortGrace: 3_000_000, method: 'slow' }),
      ]),
    ).toBe(
      'queue: a lock of 5s is too short for svc.slow: to end a run before another instance takes its ticket needs the abortGrace of 3s + 1s until a killed thread has exited, and as long again is left for renewals. Set escapement.queue.lock to 8.2s or more, or shorten the abortGrace of svc.slow',
    )
    expect(
      lockProblem({ lock: 8_200_000, isLockOfCoordination: false }, 0, [queued({ abortGrace: 3_000_000 })]),
    ).toBeUndefined()
  })

  it('on Postgres the second by which clocks may differ is not counted as part of the lock', () => {
    const margin = clockMarginOf('postgres://host/database')
    expect(margin).toBe(1_000_000)
    expect(clockMarginOf('postgresql://host/database')).toBe(margin)
    expect(['redis://host', 'rediss://host', 'unix:///postgres:', 'memory:'].map(clockMarginOf)).toEqual([0, 0, 0, 0])
    expect(
      lockProblem({ lock: 15_000_000, isLockOfCoordination: false }, margin, [queued({ abortGrace: 1_000_000 })]),
    ).toBeUndefined()
    expect(
      lockProblem({ lock: 5_000_000, isLockOfCoordination: false }, margin, [queued({ abortGrace: 400_000 })]),
    ).toBeUndefined()
    expect(
      lockProblem({ lock: 5_000_000, isLockOfCoordination: false }, margin, [queued({ abortGrace: 1_000_000 })]),
    ).toBe(
      'queue: a lock of 5s is too short for svc.work: to end a run before another instance takes its ticket needs the abortGrace of 1s + 1s until a killed thread has exited + 1s by which the clocks of two instances may differ, and as long again is left for renewals. Set escapement.queue.lock to 6.2s or more, or shorten the abortGrace of svc.work',
    )
    expect(
      lockProblem({ lock: 6_200_000, isLockOfCoordination: false }, margin, [queued({ abortGrace: 1_000_000 })]),
    ).toBeUndefined()
  })

  it('a lock that is too short because none is set is refused with where it comes from and what to set', () => {
    const { ttl } = parseSettings({ coordination: { url: 'postgres://host/db', profile: 'fast' } }).coordination
    expect(
      lockProblem({ lock: ttl, isLockOfCoordination: true }, 1_000_000, [queued({ abortGrace: 1_000_000 })]),
    ).toMatch(
      /^queue: a lock of 5s \(escapement\.queue\.lock is not set, so it is the ttl of escapement\.coordination\.profile: 5s with "fast", 15s with "normal"\) is too short for svc\.work: .*Set escapement\.queue\.lock to 6\.2s or more/,
    )
  })

  it('timers of other scopes need no lock', () => {
    expect(
      lockProblem({ lock: 1, isLockOfCoordination: false }, 1_000_000, [timerDefinition({ abortGrace: 60_000_000 })]),
    ).toBeUndefined()
  })
})

describe('the leases that an instance seeks', () => {
  const services = [{ timers: [queued(), timerDefinition({ scope: 'leader', lease: 'svc' })] }]
  const names = ['svc/queue', 'svc']

  it('an instance that hands ticks over seeks all leases', () => {
    expect(soughtLeases(names, services, true)).toEqual([
      ['svc/queue', 0],
      ['svc', 1],
    ])
  })

  it('an instance that only works leaves the leases of the hand-over to others, and may lead', () => {
    expect(soughtLeases(names, services, false)).toEqual([['svc', 1]])
  })
})

describe('the check of the tickets that were handed over', () => {
  it('a ticket of which the store knows nothing is told, once', async () => {
    const missing: string[] = []
    const kept = new KeptTickets({
      client: { missing: async (_service, ids) => ids.filter((id) => id.endsWith('2us')) },
      onMissing: (entrypoint, id) => missing.push(`${entrypoint} ${id}`),
    })
    kept.add('svc', 'svc.work', 'svc.work@1us')
    kept.add('svc', 'svc.work', 'svc.work@2us')
    await kept.check()
    await kept.check()
    expect(missing).toEqual(['svc.work svc.work@2us'])
  })

  it('tickets are asked for again when the store did not answer, the newest thousand of them', async () => {
    const asked: number[] = []
    let answers = false
    const kept = new KeptTickets({
      client: {
        async missing(_service, ids) {
          asked.push(ids.length)
          if (!answers) throw new Error('no answer')
          return []
        },
      },
      onMissing: () => {},
    })
    for (let at = 0; at < 1_500; at++) kept.add('svc', 'svc.work', `svc.work@${at}us`)
    await kept.check()
    answers = true
    await kept.check()
    await kept.check()
    expect(asked).toEqual([1_000, 1_000])
  })
})
