/** Requests as bytes, for what no HTTP client would send. */
import { connect } from 'node:net'

export interface RawAnswer {
  /** Of the first answer; undefined when the connection was closed without one. */
  readonly status: number | undefined
  /** Of each answer, where several requests were sent. */
  readonly statuses: readonly number[]
  readonly text: string
}

/** Sends bytes and resolves when the connection is closed from the other side. Never rejects. */
export function rawRequest(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
      resolve({ status: statuses[0], statuses, text })
    })
    socket.end(bytes)
  })
}
