/** A server on a free port of 127.0.0.1, for one test. */
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../../src/admin/server.js'

export async function serve(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await createHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    registry: new Registry(),
    health: async () => ({ live: true, ready: true, problems: [] }),
    ...options,
  })
  onTestFinished(() => server.close())
  return server
}
