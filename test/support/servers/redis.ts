import { once } from 'node:events'
import { connect } from 'node:net'
import { TestServer } from './server-process.js'

/** Options that make Redis persist each confirmed write. */
const PERSISTENT = ['--appendonly', 'yes', '--appendfsync', 'always']

export interface RedisSetup {
  readonly password?: string
  /** Further command-line options, such as `--maxmemory 3mb`. */
  readonly args?: readonly string[]
}

export function startRedis(program: string, { password, args = [] }: RedisSetup = {}): Promise<TestServer> {
  return TestServer.start({
    name: 'redis',
    program,
    args: (port, folder) => [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''],
      ...PERSISTENT,
      ...(password ? ['--requirepass', password] : []),
      ...args,
    ],
    probe,
    url: (port) => `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}`,
  })
}

/** The reply `-NOAUTH` shows that Redis is up; `-LOADING` that it is not up yet. */
async function probe(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write('PING\r\n')
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(1_000) })
    if (String(answer).startsWith('-LOADING')) throw new Error(String(answer))
  } finally {
    socket.destroy()
  }
}
