/**
 * The HTTP server. It only reads from the engine, and nothing in the engine waits for it.
 *
 * Fastify loads slowly: import this file only when the server is needed.
 */
import type { AddressInfo } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { UsageError } from '../kernel/errors.js'
import { addRoutes, type RouteOptions } from './routes.js'

export interface HttpServerOptions extends RouteOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

export interface HttpServer {
  readonly address: {
    readonly host: string
    /** The actual port, even when 0 was requested. */
    readonly port: number
    readonly url: string
  }
  /** Stops listening and closes all connections, even those with a pending request. Idempotent. */
  close(): Promise<void>
}

/** Resolves when the server listens. @throws UsageError when the address cannot be used. */
export async function createHttpServer({ host: given, port, ...routes }: HttpServerOptions): Promise<HttpServer> {
  const host = withoutBrackets(given)
  const app = fastify({ forceCloseConnections: true })
  listRoutesOnNotFound(app)
  addRoutes(app, routes)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(host, port, error)
  }
  const actualPort = (app.server.address() as AddressInfo).port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`
  return { address: { host, port: actualPort, url }, close: () => app.close() }
}

/** An IPv6 address may be given as it stands in a URL: `[::1]`. */
function withoutBrackets(host: string): string {
  return /^\[([0-9a-f:.]+(?:%.+)?)\]$/i.exec(host)?.[1] ?? host
}

/** Answers an unknown path with the list of routes. Call it before adding routes: it lists only those added later. */
function listRoutesOnNotFound(app: FastifyInstance): void {
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    if (method !== 'HEAD') routes.push(`${method} ${url}`)
  })
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `there is no ${method} ${url}`, routes }),
  )
}

const LISTEN_PROBLEMS: Readonly<Record<string, readonly [code: string, problem: string]>> = {
  EADDRINUSE: ['ERR_PORT_IN_USE', 'it is already in use'],
  EACCES: ['ERR_PORT_FORBIDDEN', 'this user has no permission to open it'],
  EADDRNOTAVAIL: ['ERR_HOST_UNKNOWN', 'this machine does not have that address'],
  ENOTFOUND: ['ERR_HOST_UNKNOWN', 'there is no such host'],
}

function listenError(host: string, port: number, cause: unknown): unknown {
  const [code, problem] = LISTEN_PROBLEMS[(cause as NodeJS.ErrnoException).code ?? ''] ?? []
  if (!code) return cause
  const advice = 'Choose another port or host (--port 0 chooses a free port), or disable HTTP (--no-http)'
  return new UsageError(code, `cannot listen on port ${port} of ${host}: ${problem}. ${advice}`, { cause })
}
