/** The stores that instances can share, on real servers. */
import { startEtcd } from '../../support/servers/etcd.js'
import { findServer, type ServerName } from '../../support/servers/find-server.js'
import { startPostgres } from '../../support/servers/postgres.js'
import { startRedis } from '../../support/servers/redis.js'
import type { TestServer } from '../../support/servers/server-process.js'

export interface Backend {
  readonly name: string
  start(): Promise<TestServer>
}

export async function backend(name: 'redis' | 'postgres' | 'etcd'): Promise<Backend | undefined> {
  const [program, start] = RECIPES[name]
  const path = await findServer(program)
  return path === undefined ? undefined : { name, start: () => start(path) }
}

const RECIPES: Record<'redis' | 'postgres' | 'etcd', readonly [ServerName, (program: string) => Promise<TestServer>]> =
  {
    redis: ['redis-server', (program) => startRedis(program)],
    postgres: ['postgres', startPostgres],
    etcd: ['etcd', startEtcd],
  }
