/** The numbers in the titles are those of the invariants in supervise/admin/change-log.ts. */
import { describe, expect, it } from 'vitest'
import { type EngineEvents, type EventName, Events } from '../../src/kernel/events.js'
import { VERSION } from '../../src/kernel/version.js'
import type { Change } from '../../src/observe/changes/change.js'
import { ChangeLog } from '../../src/supervise/admin/change-log.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const WALL = Date.UTC(2026, 0, 5)
const TASK = { entrypoint: 'svc.task', service: 'svc', method: 'task' }
const THREAD = { pool: 'svc', services: ['svc'], slot: 0, threadId: 3 }
const ERROR = { name: 'Error', message: 'no space left' }

function scene() {
  const clock = new VirtualClock({ wall: WALL })
  const events = new Events()
  const told: Change[] = []
  const log = new ChangeLog({ clock, events, onChange: (change) => told.push(change) })
  return { clock, events, told, log, texts: () => told.map(({ text }) => text) }
}

const failing = (failures: number): EngineEvents['entrypoint.failing'] => ({ ...TASK, failures, state: 'failing' })

type Row = { [Name in EventName]: [Name, EngineEvents[Name], Partial<Change>] }[EventName]
const ROWS: Row[] = [
  [
    'ready',
    { services: 1, timers: 2, tookSeconds: 1 },
    {
      kind: 'started',
      level: 'ok',
      text: `started: 1 service, 2 timers, version ${VERSION} on Node ${process.version}`,
    },
  ],
  ['stopping', { reason: 'SIGTERM' }, { kind: 'stopping', level: 'ok', text: 'stopping: SIGTERM' }],
  [
    'thread.exited',
    { ...THREAD, reason: 'out_of_memory', exitCode: 1, error: ERROR, restartIn: 0.1003 },
    {
      kind: 'thread',
      level: 'critical',
      service: 'svc',
      text: 'thread 0 of svc ended (out_of_memory): Error: no space left; another one starts in 100ms',
    },
  ],
  ['thread.exited', { ...THREAD, reason: 'recycled', exitCode: 0 }, { kind: 'thread', level: 'ok' }],
  ['thread.exited', { ...THREAD, reason: 'killed', exitCode: 1 }, { kind: 'thread', level: 'warning' }],
  [
    'thread.started',
    { ...THREAD, restarts: 1, tookSeconds: 1, importsSeconds: 0, dependenciesSeconds: 0, onStartSeconds: 0 },
    { kind: 'thread', level: 'ok', text: 'thread 0 of svc was started again' },
  ],
  ['thread.zombie', THREAD, { kind: 'thread', level: 'critical' }],
  ['thread.not_created', { ...THREAD, error: ERROR, retryIn: 1 }, { kind: 'thread', level: 'critical' }],
  ['standby.exited', { ...THREAD, reason: 'error', exitCode: 1, retryIn: 1 }, { kind: 'thread', level: 'warning' }],
  [
    'circuit.changed',
    { ...TASK, state: 'open', reason: 'quarantined' },
    {
      kind: 'circuit',
      level: 'critical',
      entrypoint: 'svc.task',
      text: 'svc.task: the circuit opened, its ticks are skipped (quarantined after crashes)',
    },
  ],
  ['circuit.changed', { ...TASK, state: 'closed', reason: undefined }, { kind: 'circuit', level: 'ok' }],
  [
    'entrypoint.failing',
    failing(5),
    { kind: 'failing', level: 'critical', text: 'svc.task has failed 5 times in a row' },
  ],
  [
    'entrypoint.failing',
    { ...failing(5), state: 'recovered' },
    { kind: 'recovered', level: 'ok', text: 'svc.task completed after 5 failures in a row' },
  ],
  [
    'lease.changed',
    { lease: 'svc', event: 'acquired', epoch: 7n },
    { kind: 'lease', level: 'ok', lease: { name: 'svc', event: 'acquired' }, text: 'lease svc: acquired (epoch 7)' },
  ],
  [
    'lease.changed',
    { lease: 'svc', event: 'lost', epoch: 7n, cause: 'taken' },
    { kind: 'lease', level: 'warning', lease: { name: 'svc', event: 'lost' }, text: 'lease svc: lost (taken)' },
  ],
  [
    'members.changed',
    { service: 'svc', self: 'a', members: [] },
    { kind: 'members', level: 'ok', service: 'svc', text: 'svc now runs in 0 instances' },
  ],
  ['coordination.failed', { error: ERROR }, { kind: 'coordination', level: 'warning' }],
  ['queue.failed', { error: ERROR }, { kind: 'queue', level: 'warning', text: 'no space left' }],
  [
    'ticket.discarded',
    { service: 'svc', id: 'svc.task@1us', entrypoint: undefined, reason: 'unreadable', message: 'it is no ticket' },
    { kind: 'queue', level: 'critical', service: 'svc', text: 'a ticket was given up: it is no ticket' },
  ],
  [
    'ticket.stray',
    { service: 'svc', entrypoint: 'svc.gone', id: 'svc.gone@1us' },
    { kind: 'queue', level: 'warning', service: 'svc' },
  ],
  [
    'clock.jumped',
    { by: -3.2, direction: 'backward' },
    { kind: 'clock', level: 'warning', text: 'the wall clock moved backward by 3.2s' },
  ],
  ['module.changed', { file: '/a.js', services: ['svc'] }, { kind: 'module', level: 'warning' }],
  ['ledger.violated', { entrypoint: 'svc.task', detail: 'one too many' }, { kind: 'ledger', level: 'critical' }],
  [
    'command.done',
    { ...TASK, action: 'abort', by: 'Ann', reason: 'a fire', text: '1 run of svc.task was aborted' },
    { kind: 'abort', level: 'ok', by: 'Ann', text: 'Ann: 1 run of svc.task was aborted (a fire)' },
  ],
  [
    'pause.changed',
    {
      entrypoint: 'svc.task',
      isPaused: true,
      at: WALL,
      by: 'Ann',
      reason: 'a fire',
      kept: 'deployment',
      isKnown: true,
    },
    { kind: 'pause', level: 'warning', by: 'Ann', text: 'Ann paused svc.task in all instances: a fire' },
  ],
]

describe('the changes of an instance', () => {
  it.each(ROWS)('are told for %s', (name, event, expected) => {
    const { events, told } = scene()
    events.emit(name, event as never)
    expect(told).toEqual([expect.objectContaining({ at: WALL, ...expected })])
  })

  it.each([
    ['the first start of a thread', 'thread.started', { ...THREAD, restarts: 0 }],
    ['a thread that was stopped', 'thread.exited', { ...THREAD, reason: 'stopped' }],
    ['a lease that was renewed', 'lease.changed', { lease: 'svc', event: 'renewed', epoch: 1n }],
  ] as const)('are not told for %s', (_what, name, event) => {
    const { events, told } = scene()
    events.emit(name, event as never)
    expect(told).toEqual([])
  })

  it('say when a pause was made that another process had made', () => {
    const { events, texts } = scene()
    const pause = { entrypoint: 'svc.task', isPaused: true, by: 'Ann', kept: 'instance', isKnown: true } as const
    events.emit('pause.changed', { ...pause, at: WALL - 60_000 })
    expect(texts()).toEqual(['Ann paused svc.task (on 2026-01-04T23:59:00.000Z)'])
  })

  it('1. are kept, the last 200 of them', () => {
    const { events, log } = scene()
    for (let number = 0; number < 250; number++) events.emit('module.changed', { file: `/${number}`, services: [] })
    expect(log.changes).toHaveLength(200)
    expect(log.changes[0]!.text).toMatch('/50 was edited')
  })

  it('2. of one subject are told 6 times a minute, and then the last one with how many are left out', async () => {
    const { clock, events, texts } = scene()
    for (let failures = 1; failures <= 10; failures++) {
      events.emit('entrypoint.failing', failing(failures))
      await clock.advance(1_000_000)
    }
    events.emit('entrypoint.failing', { ...failing(1), entrypoint: 'svc.other' })
    expect(texts()).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((failures) => `svc.task has failed ${failures} times in a row`),
      'svc.other has failed 1 times in a row',
    ])
    await clock.advance(50_000_000)
    expect(texts().at(-1)).toBe('svc.task has failed 10 times in a row (3 changes just before are left out)')
    const told = texts().length
    await clock.advance(120_000_000)
    expect(texts()).toHaveLength(told)
    events.emit('entrypoint.failing', failing(11))
    expect(texts().at(-1)).toBe('svc.task has failed 11 times in a row')
  })

  it('2. that are withheld are told in their order, also when the clock calls back late', () => {
    const callbacks: (() => void)[] = []
    let now = 0
    const after = (_span: number, callback: () => void) => {
      callbacks.push(callback)
      return () => {}
    }
    const clock = { now: () => now, wallNow: () => WALL + now / 1_000, after }
    const events = new Events()
    const told: string[] = []
    new ChangeLog({ clock, events, onChange: ({ text }) => told.push(text) })
    for (let failures = 1; failures <= 8; failures++) events.emit('entrypoint.failing', failing(failures))
    now = 70_000_000
    events.emit('entrypoint.failing', failing(9))
    for (const call of callbacks) call()
    expect(told).toHaveLength(7)
    expect(told.at(-1)).toBe('svc.task has failed 9 times in a row (2 changes just before are left out)')
  })

  it('2. of a subject that changes without end stay few, and the last one told is true', async () => {
    const { clock, events, told } = scene()
    for (let round = 0; round < 3_000; round++) {
      const state = round % 2 === 0 ? 'failing' : 'recovered'
      events.emit('entrypoint.failing', { ...failing(5), state })
      await clock.advance(100_000)
    }
    await clock.advance(60_000_000)
    expect(told.length).toBeLessThanOrEqual(6 * 7)
    expect(told.at(-1)!.kind).toBe('recovered')
    const moments = told.map(({ at }) => at)
    expect(moments).toEqual([...moments].sort((a, b) => a - b))
  })

  it('end with the log: nothing is told after that', async () => {
    const { clock, events, log, told } = scene()
    for (let failures = 1; failures <= 10; failures++) events.emit('entrypoint.failing', failing(failures))
    log.stop()
    events.emit('stopping', { reason: 'x' })
    await clock.advance(120_000_000)
    expect(told).toHaveLength(6)
  })

  it('are not made of ticks, runs, skips and aborts, however many there are', async () => {
    const definitions = [
      timerDefinition({ method: 'steady' }),
      timerDefinition({ method: 'replaced', overlap: 'replace' }),
      timerDefinition({ method: 'late', timeout: 20_000 }),
      timerDefinition({ method: 'crowded' }),
    ]
    const plans = [1, { takes: Infinity, stopsIn: 1 }, { takes: Infinity, stopsIn: 1 }, 150]
    const simulation = new Simulation(definitions, (_run, timer) => plans[timer]!)
    const told: Change[] = []
    const { clock, events } = simulation
    new ChangeLog({ clock, events, onChange: (change) => told.push(change) })
    let aborts = 0
    events.on('run.aborting', () => aborts++)
    simulation.scheduler.start()
    await simulation.advance(20_000)
    expect(simulation.ended.length).toBeGreaterThan(500)
    expect(simulation.skipped.length).toBeGreaterThan(50)
    expect(aborts).toBeGreaterThan(300)
    // Each time-out counts as a failure in a row: told at 5, 10, 20, 40, 80, 160.
    expect(told.map(({ kind }) => kind)).toEqual(new Array(6).fill('failing'))
  })
})
