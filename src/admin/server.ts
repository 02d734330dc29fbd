/**
 * The HTTP server. It listens and tells; nothing in the engine waits for it.
 *
 * Fastify takes its time to load: import this file only when something is to be served.
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
    /** The real one, also when 0 was asked for. */
    readonly port: number
    readonly url: string
  }
  /** Stops listening and cuts all connections, idle or not. Idempotent. */
  close(): Promise<void>
}

/** Resolves when the port is open. */
export async function createHttpServer({ host, port, ...routes }: HttpServerOptions): Promise<HttpServer> {
  const app = fastify({ forceCloseConnections: true })
  listRoutesWhenLost(app)
  addRoutes(app, routes)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(host, port, error)
  }
  const real = (app.server.address() as AddressInfo).port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${real}`
  return { address: { host, port: real, url }, close: () => app.close() }
}

/** Answers an unknown path with the paths there are. Sees only the routes that are added after it. */
function listRoutesWhenLost(app: FastifyInstance): void {
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
  EACCES: ['ERR_PORT_FORBIDDEN', 'this user may not open it'],
  EADDRNOTAVAIL: ['ERR_HOST_UNKNOWN', 'this machine does not have that address'],
  ENOTFOUND: ['ERR_HOST_UNKNOWN', 'there is no such host'],
}

function listenError(host: string, port: number, cause: unknown): unknown {
  const [code, problem] = LISTEN_PROBLEMS[(cause as NodeJS.ErrnoException).code ?? ''] ?? []
  if (!code) return cause
  const advice = 'Choose another one (--port 0 takes any that is free), or serve nothing (--no-http)'
  return new UsageError(code, `cannot listen on port ${port} of ${host}: ${problem}. ${advice}`, { cause })
}
