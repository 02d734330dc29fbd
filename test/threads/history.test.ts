/** What the history of the admin thread tells of runs on real threads, over HTTP. */
import { expect, it } from 'vitest'
import type { EntrypointDetail } from '../../src/admin/api/schemas.js'
import { supervise } from '../support/supervised.js'

it('an error of a run is told with its stack, its cause, and the log lines of that run and of no other', async () => {
  const { supervisor, nthRun, stop } = await supervise(['telling.mjs'], { http: { port: 0 } })
  const detailOf = async (id: string): Promise<EntrypointDetail> =>
    (await fetch(`${supervisor.url}/api/entrypoints/${id}`)).json() as Promise<EntrypointDetail>
  for (let count = 1; count <= 2; count++) {
    for (const id of ['telling.rest', 'telling.charge']) {
      const ended = nthRun(id, count)
      supervisor.trigger(id)
      await ended
    }
  }
  // The lines and the ticks come to the admin thread by different ways.
  let detail = await detailOf('telling.charge')
  while (detail.errors[0]?.count !== 2 || detail.errors[0].lines.length < 2) detail = await detailOf('telling.charge')
  const { errors, problems, ticks } = detail
  expect(errors).toHaveLength(1)
  const { error, lines, lastTick } = errors[0]!
  expect(error).toMatchObject({ name: 'Error', message: 'nothing was charged', code: 'E_BANK' })
  expect(error.stack).toMatch(/charge .*telling\.mjs:\d+[\s\S]*Caused by: Error: connect ECONNREFUSED[\s\S]*askTheBank/)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'charging', invoices: 17, level: 30 },
    { msg: 'the bank does not answer', level: 40 },
  ])
  expect(problems).toHaveLength(2)
  expect(problems[0]).toMatchObject({ id: lastTick, outcome: 'failed', error: { code: 'E_BANK' }, lines })
  expect(ticks.map(({ outcome, sequence }) => [outcome, sequence < 0])).toEqual([
    ['failed', true],
    ['failed', true],
  ])
  const rest = await detailOf('telling.rest')
  expect([rest.errors, rest.problems]).toEqual([[], []])
  expect(rest.ticks.map(({ outcome, lines }) => [outcome, lines])).toEqual([
    ['completed', undefined],
    ['completed', undefined],
  ])
  await stop()
}, 30_000)
