import { execFile, execFileSync } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { TestServer } from './server-process.js'

const DATABASE = 'postgres'
const USER = 'escapement'

export function startPostgres(program: string): Promise<TestServer> {
  const user = unprivileged()
  return TestServer.start({
    name: 'postgres',
    program,
    prepare: async (folder) => {
      // The program in PATH may be a link to it, without the other programs beside it.
      const initdb = join(dirname(await realpath(program)), 'initdb')
      await promisify(execFile)(
        initdb,
        ['--pgdata', join(folder, 'data'), '--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
        { cwd: folder, ...user },
      )
    },
    args: (port, folder) => [
      ...['-D', join(folder, 'data'), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories=', '-c', 'fsync=off'],
    ],
    probe: async (port) => {
      const client = new Client({ connectionString: urlOf(port), connectionTimeoutMillis: 1_000 })
      client.on('error', () => {})
      try {
        await client.connect()
      } finally {
        await client.end()
      }
    },
    url: urlOf,
    // Closes connections instead of waiting for clients to close them.
    stopSignal: 'SIGINT',
    user,
  })
}

function urlOf(port: number): string {
  return `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`
}

/** Postgres refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (option: string) => Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error('there is neither a user postgres nor nobody to run Postgres as')
}
