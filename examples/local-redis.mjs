/** The Redis server of an example: on a free port of this machine, with its data in a temporary folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const EX_UNAVAILABLE = 69

/**
 * Starts a redis-server, and resolves to its URL when it answers. It ends with this process. Where there is none, this says so on
 * standard error and ends the process with 69.
 *
 * @param otherwise a command that names another store
 */
export async function startRedis(otherwise) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'escapement-example-'))
  const options = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  process.on('exit', () => {
    redis.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  const ready = new Promise((resolve) => {
    createInterface({ input: redis.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept')) resolve('')
    })
  })
  const ended = new Promise((resolve) => {
    redis.on('error', ({ code, message }) => {
      resolve(
        code === 'ENOENT' ? 'redis-server was not found. Install it (Debian: apt-get install redis-server)' : message,
      )
    })
    redis.on('exit', (code) => resolve(`redis-server ended with the code ${code} before it answered. Start it by hand`))
  })
  const problem = await Promise.race([ready, ended])
  if (problem !== '') {
    console.error(`${problem}, or name another store:\n  ${otherwise}`)
    process.exit(EX_UNAVAILABLE)
  }
  return `redis://127.0.0.1:${port}`
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
