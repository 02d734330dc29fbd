import { createPostgresBackend, Queue } from 'bullmq'
import { afterAll, beforeAll, describe } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import type { TestServer } from '../support/servers/server-process.js'
import { queueContract } from './contract.js'
import { faultContract } from './fault-contract.js'

const program = await findServer('postgres')

describe.skipIf(!program)('the queue on Postgres', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startPostgres(program!)
  })
  afterAll(() => server?.stop())

  queueContract({ url: () => server.url })
  faultContract({
    server: () => server,
    openRaw: (name) => {
      const connection = { connectionString: server.url, schema: 'escapement_queue' }
      const queue = new Queue(name, { connection } as never, createPostgresBackend as never)
      queue.on('error', () => {})
      return queue
    },
  })
})
