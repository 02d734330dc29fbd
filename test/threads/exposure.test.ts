/** What a start says of an address that other machines reach. */
import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

const WARNING =
  'every machine that reaches 0.0.0.0 may read metrics, errors and log lines of jobs over HTTP: set escapement.http.readToken, or listen on 127.0.0.1'

it.each([
  [{ host: '0.0.0.0' }, 1],
  [{ host: '0.0.0.0', readToken: 'read-0123456789-ab' }, 0],
  [{ host: '127.0.0.1' }, 0],
])('a start that serves %j warns %d times that everybody may read', async (http, times) => {
  const { log, stop } = await supervise(['operated.mjs'], { http: { port: 0, ...http } })
  await stop()
  expect(log.matching({ level: 40, msg: WARNING })).toHaveLength(times)
})
