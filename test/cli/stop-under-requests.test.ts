/**
 * Node's HTTP parser aborts the process when it is called on a thread that is being ended, so the admin thread closes its
 * connections first. Before it did, every second of these stops ended with SIGABRT.
 */
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const CONNECTIONS = 40

/** Sends requests on many connections without a pause. Resolves when each has been answered. */
async function besiege(port: number): Promise<void> {
  const headers = Array.from({ length: 30 }, (_, number) => `X-Header-${number}: ${'x'.repeat(50)}\r\n`).join('')
  const request = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}\r\n`
  const answered = Array.from({ length: CONNECTIONS }, () => {
    return new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request + request))
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => {})
      socket.on('data', () => {
        resolve()
        socket.write(request)
      })
    })
  })
  await Promise.all(answered)
}

describe('a stop while requests come', () => {
  it.each([1, 2, 3, 4, 5, 6])('a stop while requests come ends the process with exit code 0 (try %d)', async () => {
    const program = cli('run', fixture('metronome.mjs'), '--port', '0')
    const [, port] = await program.output('stderr', /http:\/\/127\.0\.0\.1:(\d+)/)
    await besiege(Number(port))
    program.process.kill('SIGTERM')
    const { code, stderr } = await program.exited
    expect(code, stderr).toBe(0)
  })
})
