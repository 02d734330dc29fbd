/** Requests as bytes, for what no HTTP client would send. */
import { connect } from 'node:net'

export interface RawAnswer {
  /** Of the first answer; undefined when the connection was closed without one. */
  readonly status: number | undefined
  /** Of each answer, where several requests were sent. */
  readonly statuses: readonly number[]
  readonly text: string
}

/**
 * Sends bytes, waits for an answer and resolves when the connection is closed. Never rejects.
 *
 * @param caller where the system has more than one loopback address (Linux), each number comes from another one, and so has a rate of its own
 */
export function rawRequest(port: number, bytes: string | Buffer, caller = 0): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const own = process.platform === 'linux' ? { localAddress: `127.0.1.${1 + (caller % 200)}` } : {}
    const socket = connect({ port, host: '127.0.0.1', ...own })
    socket.on('error', () => {})
    // An earlier end would have the server give up the answer.
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      socket.end()
    })
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
      resolve({ status: statuses[0], statuses, text })
    })
    socket.write(bytes)
  })
}
