/** The servers that peers need: started for one block, on free ports, with folders of their own. */
import { findServer } from '../../../test/support/servers/find-server.js'
import { startPostgres } from '../../../test/support/servers/postgres.js'
import { startRedis } from '../../../test/support/servers/redis.js'
import type { TestServer } from '../../../test/support/servers/server-process.js'
import type { Program } from './programs.js'

/** The peer can not be measured, because its server is not installed. */
export class MissingServer extends Error {
  override readonly name = 'MissingServer'
}

/** Redis writes nothing to disk: the tests' servers sync each command, and the default is a snapshot now and then. */
const REDIS_ARGS = ['--appendonly', 'no']

export async function startServer({ server, serverArgs = [] }: Program): Promise<TestServer | undefined> {
  if (server === undefined) return undefined
  const path = await findServer(server === 'redis' ? 'redis-server' : 'postgres')
  if (path === undefined) throw new MissingServer(`${server} is not installed`)
  return server === 'redis' ? startRedis(path, { args: [...REDIS_ARGS, ...serverArgs] }) : startPostgres(path)
}
