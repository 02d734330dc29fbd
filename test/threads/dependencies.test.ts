/** The life of dependencies on real threads. */
import { describe, expect, it } from 'vitest'
import { Supervisor } from '../../dist/src/index.js'
import { CapturedLog } from '../support/capture-log.js'
import { fixture, supervise } from '../support/supervised.js'

/** What the fixture logs of its life. The engine logs lines of its own about the service, such as skipped ticks. */
const LIFE = /^(one|two|onStart|onStop|work)\b/
const lines = (log: CapturedLog) => log.records.filter(({ msg }) => LIFE.test(msg ?? '')).map(({ msg }) => msg)

const AROUND = [
  'one beforeRun',
  'two beforeRun',
  'work',
  'one onResult completed',
  'two onResult completed',
  'two afterRun',
  'one afterRun',
]

async function failedStart(fail: string): Promise<{ message: string; lines: unknown[] }> {
  const log = new CapturedLog()
  const supervisor = new Supervisor({
    modules: [fixture('lifecycle.mjs')],
    http: false,
    logger: log.logger,
    config: { FAIL: fail },
  })
  const error = await supervisor.start().catch((thrown: Error) => thrown)
  await supervisor.stop()
  return { message: (error as Error).message, lines: lines(log) }
}

describe('dependencies', () => {
  it('dependencies live in order: set up, started, around every run, stopped the last one first', async () => {
    const { log, nthRun, stop } = await supervise(['lifecycle.mjs'])
    await nthRun('living.work', 2)
    await stop()
    const said = lines(log)
    expect(said.slice(0, 7 + AROUND.length)).toEqual([
      'one setup',
      'two setup',
      'one start',
      'two start',
      'one get',
      'two get',
      'onStart with one, two',
      ...AROUND,
    ])
    expect(said.slice(-3)).toEqual(['onStop', 'two stop', 'one stop'])
  })

  it.each([
    ['one setup', 'setup of one (Step) failed: setup goes wrong', ['one setup']],
    ['two setup', 'setup of two (Step) failed: setup goes wrong', ['one setup', 'two setup', 'one abandon']],
    [
      'two start',
      'start of two (Step) failed: start goes wrong',
      ['one setup', 'two setup', 'one start', 'two start', 'two abandon', 'one stop'],
    ],
  ])(
    'dependencies whose %s throws keep the service from starting, and let go of what was reached',
    async (fail, problem, expected) => {
      const { message, lines } = await failedStart(fail)
      expect(message).toContain('living: a dependency failed: StartError: ')
      expect(message).toContain(problem)
      expect(lines).toEqual(expected)
    },
  )

  it('dependencies whose beforeRun throws fail the run, whose method is not called, and the timer goes on', async () => {
    const { log, nthRun, stop } = await supervise(['lifecycle.mjs'], { config: { FAIL: 'two beforeRun' } })
    const run = await nthRun('living.work', 2)
    expect(run).toMatchObject({ outcome: 'failed', error: { message: 'beforeRun goes wrong' } })
    await stop()
    expect(lines(log)).not.toContain('work')
    expect(lines(log).slice(7, 13)).toEqual([
      'one beforeRun',
      'two beforeRun',
      'one onResult failed',
      'two onResult failed',
      'two afterRun',
      'one afterRun',
    ])
  })

  it.each(['one onResult completed', 'two afterRun', 'two stop'])(
    'dependencies whose %s throws are logged, and change nothing else',
    async (fail) => {
      const { log, nthRun, stop } = await supervise(['lifecycle.mjs'], { config: { FAIL: fail } })
      expect(await nthRun('living.work', 2)).toMatchObject({ outcome: 'completed' })
      await stop()
      const msg = fail === 'two stop' ? 'dependency failed to stop' : 'dependency hook failed'
      expect(log.matching({ msg }).length).toBeGreaterThanOrEqual(1)
      expect(lines(log).slice(-1)).toEqual(['one stop'])
    },
  )
})
