/** The insight into a real scheduler and dispatcher on a virtual clock. */
import { describe, expect, it } from 'vitest'
import * as schemas from '../../src/admin/api/schemas.js'
import { Insight } from '../../src/admin/insight.js'
import { MainFeed } from '../../src/admin/main-feed.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { Health } from '../../src/kernel/health.js'
import type { PauseView } from '../../src/kernel/pause.js'
import type { ThreadView } from '../../src/kernel/view.js'
import { serviceDefinition } from '../support/service.js'
import { type Durations, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

/** Monday, noon. */
const START = Date.UTC(2026, 0, 5, 12)
const HEALTHY: Health = { live: true, ready: true, problems: [] }

function watch(definitions: readonly TimerDefinition[], durations: Durations) {
  const simulation = new Simulation(definitions, durations, { wall: START })
  const { counters, clock } = simulation
  const feed = new MainFeed()
  const asked = { threads: 0, health: 0 }
  let health = HEALTHY
  let threads: readonly ThreadView[] = []
  const insight = new Insight({
    serving: {
      catalogue: counters.catalogue,
      memory: counters.memory,
      recent: counters.recent.memory,
      services: [serviceDefinition({ timers: definitions })],
      process: { instance: 'i-1', startedAt: START, pid: 7, host: 'box', version: '0.1.0', node: 'v20.19.0' },
    },
    feed,
    main: {
      async threads() {
        asked.threads++
        return threads
      },
      async health() {
        asked.health++
        return health
      },
    },
    clock,
    droppedNotes: () => 4,
  })
  simulation.scheduler.start()
  return {
    simulation,
    insight,
    feed,
    asked,
    unwell(given: { readonly health?: Health; readonly threads?: readonly ThreadView[] }) {
      health = given.health ?? health
      threads = given.threads ?? threads
    },
  }
}

const EVERY_SECOND = { kind: 'interval', interval: 1_000_000, align: false } as const
const every = (given: Partial<TimerDefinition> = {}) => timerDefinition({ schedule: EVERY_SECOND, ...given })

describe('insight', () => {
  it('all views of an engine that works are as the schemas of the API say', async () => {
    const { simulation, insight } = watch([every(), every({ method: 'other', name: 'fast' })], () => 7)
    await simulation.advance(10_500)
    const status = schemas.Status.parse(await insight.status(true))
    expect(status).toMatchObject({
      instance: 'i-1',
      pid: 7,
      canControl: true,
      dropped: { not_read_in_time: 0, notes: 4 },
      verdict: { level: 'ok', text: 'All 2 entrypoints are well.' },
      totals: {
        ...{ services: 1, entrypoints: 2, due: 20, taken: 0, skipped: 0, handedOver: 0, returned: 0 },
        ...{ runs: 20, failed: 0, active: 0, pending: 0 },
      },
    })
    const rows = schemas.Entrypoints.parse(await insight.entrypoints())
    expect(rows.entrypoints).toMatchObject([
      {
        id: 'svc.other#fast',
        schedule: 'every 1 s',
        intervalMs: 1_000,
        status: { level: 'ok', text: 'ok' },
        nextDueAt: START + 11_000,
        lastSuccessAt: START + 10_007,
        lateness: { p50Ms: 0, p99Ms: 0 },
        duration: { p50Ms: 7, p99Ms: 7 },
        ledger: { due: 10, runs: { completed: 10 } },
      },
      { id: 'svc.work' },
    ])
    expect(rows.entrypoints[0]!.strip).toHaveLength(10)
    const detail = schemas.EntrypointDetail.parse(await insight.entrypoint('svc.other'))
    expect(detail.entrypoint.id).toBe('svc.other#fast')
    expect(detail.options).toMatchObject({
      timeout: 'none',
      overlap: 'skip',
      startDeadline: '1 s',
      window: 'always open',
    })
    expect(detail.ticks).toHaveLength(10)
    expect(detail.ticks[0]).toMatchObject({ id: 'svc.other#fast@2026-01-05T12:00:10.000Z', outcome: 'completed' })
    schemas.Plan.parse(insight.plan({ forMs: 3_000 }))
    expect(insight.plan({ forMs: 3_000, entrypoint: 'svc.work' }).ticks.map(({ dueAt }) => dueAt - START)).toEqual([
      11_000, 12_000, 13_000,
    ])
    for (const service of insight.services()) schemas.Service.parse(service)
    expect(insight.leases()).toEqual({ leases: [], members: [] })
    expect(await insight.entrypoint('svc.nothing')).toBeUndefined()
    expect(await insight.why('svc.nothing')).toBeUndefined()
  })

  it('a job that hangs is the verdict, comes first, and why says which run and since when', async () => {
    const { simulation, insight } = watch([every({ method: 'a' }), every({ method: 'hung' })], (_run, timer) =>
      timer === 1 ? Number.POSITIVE_INFINITY : 7,
    )
    await simulation.advance(90_500)
    const { verdict, totals } = await insight.status(false)
    expect(totals).toMatchObject({ active: 1, skipped: 89 })
    expect(verdict).toMatchObject({
      level: 'critical',
      since: START + 1_000,
      text: 'svc.hung hangs: its run has been in progress for 90 s, since 12:00:01.000Z, and it has no timeout.',
    })
    const { entrypoints } = await insight.entrypoints({ level: 'warning' })
    expect(entrypoints.map(({ id }) => id)).toEqual(['svc.hung'])
    const why = schemas.Why.parse(await insight.why('svc.hung'))
    expect(why.sentences).toEqual([
      'svc.hung hangs: its run has been in progress for 90 s, since 12:00:01.000Z, and it has no timeout. Nothing ends it but a command: escapement abort svc.hung. A timeout would end such runs. It has not completed since this process started.',
      'The 89 ticks due from 12:00:02.000Z to 12:01:30.000Z were skipped (running): the run that began at 12:00:01.000Z had been running for 89 s; it has no timeout.',
    ])
  })

  it('a job that fails tells since when, its errors folded with their lines, and recovers', async () => {
    let isBroken = true
    const { simulation, insight } = watch([every()], () => ({ takes: 7, fails: isBroken }))
    const fail = (sequence: number) => {
      insight.line({ entrypoint: 'svc.work', sequence, line: `trying ${sequence}\n` })
      insight.error({ entrypoint: 'svc.work', sequence, error: { name: 'Error', message: `no row ${sequence}` } })
    }
    for (let sequence = 1; sequence <= 8; sequence++) {
      await simulation.advance(1_000)
      fail(sequence)
    }
    const { verdict } = await insight.status(false)
    expect(verdict).toMatchObject({ level: 'critical', since: START + 1_000 })
    const detail = schemas.EntrypointDetail.parse(await insight.entrypoint('svc.work'))
    expect(detail.errors).toEqual([
      {
        error: { name: 'Error', message: 'no row 7' },
        count: 7,
        firstAt: START + 1_000,
        lastAt: START + 7_000,
        lastTick: 'svc.work@2026-01-05T12:00:07.000Z',
        lines: ['trying 7'],
      },
    ])
    expect(detail.problems[0]).toMatchObject({ outcome: 'failed', error: { message: 'no row 7' }, lines: ['trying 7'] })
    expect(detail.entrypoint.lastFailureAt).toBe(START + 7_000)
    expect(detail.why.sentences[1]).toContain('failed after 7 ms: Error: no row 7.')
    isBroken = false
    await simulation.advance(2_000)
    expect((await insight.status(false)).verdict.level).toBe('ok')
  })

  it('a pause is told with who and why, and the skips carry its name', async () => {
    const { simulation, insight, feed } = watch([every()], () => 7)
    const pause: PauseView = {
      entrypoint: 'svc.work',
      at: START + 500,
      by: 'eva',
      reason: 'deploy',
      kept: 'instance',
      isKnown: true,
      isSaved: true,
    }
    simulation.timers[0]!.isPaused = true
    feed.paused([pause])
    await simulation.advance(3_500)
    expect((await insight.status(false)).verdict).toMatchObject({
      level: 'ok',
      text: 'The one entrypoint is well; 1 is paused.',
      problems: [{ text: 'svc.work is paused by eva since 12:00:00.500Z: deploy.' }],
    })
    expect((await insight.entrypoints()).entrypoints[0]).toMatchObject({
      pause: { at: START + 500, by: 'eva', reason: 'deploy', kept: 'instance' },
      status: { text: 'paused by eva' },
    })
    expect((await insight.why('svc.work'))!.sentences).toEqual([
      'svc.work does not run: it is paused by eva since 12:00:00.500Z (deploy), until somebody resumes it.',
      'The 3 ticks due from 12:00:01.000Z to 12:00:03.000Z were skipped (paused): it is paused by eva since 12:00:00.500Z.',
    ])
  })

  it('an open circuit tells until when', async () => {
    const breaker = { failures: 3, reset: 60_000_000, factor: 2, max: 600_000_000 }
    const { simulation, insight } = watch([every({ breaker })], () => ({ takes: 7, fails: true }))
    await simulation.advance(10_500)
    expect((await insight.why('svc.work'))!.sentences[0]).toBe(
      'svc.work does not run until 12:01:03.007Z: its circuit is open after 3 failures in a row. It has not completed since this process started. A run that fails is not tried again. Then one tick runs as a probe: if it completes, all ticks run again; if not, they are skipped 2 times as long, for 10 m at most.',
    )
    expect((await insight.entrypoints()).entrypoints[0]).toMatchObject({ circuit: 'open', consecutiveFailures: 3 })
  })

  it('a thread that keeps ending and a store that does not answer are in the verdict', async () => {
    const { simulation, insight, unwell } = watch([every()], () => 7)
    await simulation.advance(2_500)
    const thread: ThreadView = {
      pool: 'svc',
      services: ['svc'],
      slot: 0,
      state: 'restarting',
      restarts: 5,
      problem: 'exit 1',
    }
    unwell({ threads: [thread], health: { ...HEALTHY, problems: [{ kind: 'store', text: 'redis does not answer' }] } })
    expect((await insight.status(false)).verdict).toMatchObject({
      level: 'critical',
      text: 'Thread 0 of svc keeps ending, and was restarted 5 times: exit 1. 1 more problem.',
      problems: [{}, { text: 'Redis does not answer.' }],
    })
    expect((await insight.why('svc.work'))!.sentences[0]).toContain('its thread is restarting (exit 1)')
    expect(await insight.threads()).toEqual([thread])
  })

  it('the main thread is asked for its health at most once a second', async () => {
    const { simulation, insight, asked } = watch([every()], () => 7)
    for (let count = 0; count < 5; count++) await insight.status(false)
    expect(asked.health).toBe(1)
    await simulation.advance(1_100)
    await insight.status(false)
    expect(asked.health).toBe(2)
  })

  it('whoever follows gets the cells of the ticks as they end, until the unsubscription', async () => {
    const { simulation, insight } = watch([every({ method: 'a' }), every()], () => 7)
    insight.start()
    const cells: unknown[] = []
    const end = insight.onTicks((some) => cells.push(...some))
    await simulation.advance(1_300)
    const end_ = insight.ends.indexOf('completed')
    expect(cells).toEqual([
      [0, START + 1_000, end_, 1, 0, 7_000],
      [1, START + 1_000, end_, 1, 0, 7_000],
    ])
    expect(insight.ids).toEqual(['svc.a', 'svc.work'])
    end()
    await simulation.advance(2_000)
    expect(cells).toHaveLength(2)
    insight.stop()
  })

  it('ticks are found by their outcome, and changes by their moment, newest first', async () => {
    const { simulation, insight, feed } = watch([every(), every({ method: 'other' })], (run) => ({
      takes: 7,
      fails: run === 0,
    }))
    await simulation.advance(3_500)
    expect(
      insight
        .ticks({ outcome: 'failed' })
        .ticks.map(({ id }) => id)
        .toSorted(),
    ).toEqual(['svc.other@2026-01-05T12:00:01.000Z', 'svc.work@2026-01-05T12:00:01.000Z'])
    expect(insight.ticks({ entrypoint: 'svc.nothing' }).ticks).toEqual([])
    expect(insight.ticks({ entrypoint: 'svc.work', limit: 2 }).ticks).toHaveLength(2)
    feed.changed({ at: START, kind: 'started', level: 'ok', text: 'Started.' })
    feed.changed({
      at: START + 5,
      kind: 'circuit',
      level: 'critical',
      text: 'Opened.',
      entrypoint: 'svc.work',
      service: 'svc',
    })
    feed.changed({ at: START + 9, kind: 'thread', level: 'warning', text: 'Restarted.', service: 'svc' })
    expect(insight.changes().map(({ kind }) => kind)).toEqual(['thread', 'circuit', 'started'])
    expect(insight.changes(START + 6).map(({ kind }) => kind)).toEqual(['thread'])
    expect((await insight.entrypoint('svc.work'))!.changes.map(({ kind }) => kind)).toEqual(['thread', 'circuit'])
    expect((await insight.entrypoint('svc.other'))!.changes.map(({ kind }) => kind)).toEqual(['thread'])
  })
})
