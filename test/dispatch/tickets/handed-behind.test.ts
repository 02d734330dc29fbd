/** The runs of tickets that wait behind others on their threads. */
import { expect, it } from 'vitest'
import type { Run } from '../../../src/dispatch/lane.js'
import { HandedBehind } from '../../../src/dispatch/taking/handed-behind.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'

const PATIENCE = 200_000

interface WaitingRun {
  readonly since: number
  hasStarted: boolean
}

function scene(onLate: (run: Run) => void = () => {}) {
  const clock = new VirtualClock()
  const late: { readonly run: Run; readonly after: number }[] = []
  const behind: HandedBehind = new HandedBehind({
    clock,
    patience: PATIENCE,
    onLate: (run) => {
      late.push({ run, after: clock.now() - run.since })
      onLate(run)
    },
  })
  const add = () => {
    const run: WaitingRun = { since: clock.now(), hasStarted: false }
    behind.add(run as Run)
    return run
  }
  return { clock, late, add }
}

it('a run that has not begun in time is given up at that moment, one that has begun is not', async () => {
  const { clock, late, add } = scene()
  add().hasStarted = true
  const waiting = add()
  await clock.advance(10 * PATIENCE)
  expect(late).toEqual([{ run: waiting, after: PATIENCE }])
})

it('a run is given up in time although another one is handed over while an earlier one is given up', async () => {
  let isFirst = true
  const { clock, late, add } = scene(() => {
    if (isFirst) add()
    isFirst = false
  })
  add()
  await clock.advance(5_000)
  add()
  await clock.advance(10 * PATIENCE)
  expect(late.map(({ after }) => after)).toEqual([PATIENCE, PATIENCE, PATIENCE])
})
