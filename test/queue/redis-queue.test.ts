import { afterAll, beforeAll, describe } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import type { TestServer } from '../support/servers/server-process.js'
import { queueContract } from './contract.js'

const program = await findServer('redis-server')

describe.skipIf(!program)('the queue on Redis', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())

  queueContract({ url: () => server.url })
})
