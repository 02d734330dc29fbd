import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

it('a thread that hangs outside of any run is killed, named in log and health, and its service ticks again', async () => {
  const supervised = await supervise(['leaves-loop.mjs', 'steady.mjs'])
  const problems: string[] = []
  supervised.supervisor.on('thread.exited', () => problems.push(...supervised.supervisor.snapshot().health.problems))
  await supervised.log.nth(2, { msg: 'thread died', reason: 'hung' })
  await supervised.nthRun('loose.work', 3)
  const [died] = supervised.log.matching({ msg: 'thread died', reason: 'hung' })
  expect(died).toMatchObject({ pool: 'loose', restartInSeconds: 0 })
  const { message } = died!.err as { message: string }
  expect(message).toContain('the thread hung outside of any run; the last method entered on it was loose.work')
  expect(problems.join()).toContain('thread 0 of loose is restarting: the thread hung outside of any run')
  await supervised.stop()
  const { runs } = supervised.ledger('loose.work')
  expect(runs.completed).toBeGreaterThanOrEqual(2)
  expect(runs.crashed).toBeGreaterThanOrEqual(2)
  expect(supervised.ledger('steady.beat').runs.crashed).toBe(0)
})
