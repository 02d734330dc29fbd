import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

it('timers of one method have runs, functions and pauses of their own, and the id of the method pauses them all', async () => {
  const { supervisor, log, ledger, nthRun, nthSkip, stop } = await supervise(['named.mjs'])
  await Promise.all([nthRun('named.report#even', 3), nthRun('named.report#odd', 3)])
  expect(log.matching({ msg: 'reported', entrypoint: 'named.report#odd' }).length).toBeGreaterThan(0)
  supervisor.pause('named.report#odd')
  await nthSkip('named.report#odd', 'paused', 2)
  expect(ledger('named.report#even').skipped.paused).toBe(0)
  supervisor.pause('named.report')
  await nthSkip('named.report#even', 'paused', 2)
  supervisor.resume('named.report')
  await nthRun('named.report#even', ledger('named.report#even').runs.completed + 1)
  await stop()
  expect(ledger('named.report#odd').runs.declined).toBeGreaterThan(0)
  expect(ledger('named.report#even').runs.declined).toBe(0)
})
