/** A real HTTP server that receives notifications and heartbeats. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** Waits for the n-th request (from 1) for which `isWanted` holds. */
  nth(count: number, isWanted?: (request: Received) => boolean): Promise<Received>
}

/** `answer` gets each request; by default the answer is 204. It is closed after the test. */
export async function receiver(
  answer: (request: Received, reply: ServerResponse) => void = (_, reply) => reply.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = []
  const watchers = new Set<() => void>()
  const server = createServer(async (request, reply) => {
    const one = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: await text(request).catch(() => ''),
    }
    received.push(one)
    answer(one, reply)
    for (const watcher of watchers) watcher()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    nth: (count, isWanted = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const found = received.filter(isWanted)[count - 1]
          if (!found) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
  }
}
