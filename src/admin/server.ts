/**
 * The HTTP server. It only reads from the engine, and nothing in the engine waits for it.
 *
 * Fastify loads slowly: import this file only when the server is needed.
 */
import type { AddressInfo } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { UsageError } from '../kernel/errors.js'
import type { Health } from '../kernel/health.js'
import { withoutBrackets } from '../kernel/loopback.js'
import { answerBadConnection, answerBadPath, answerFailures } from './api/failures.js'
import { addGuards, limitRate, requireReader, type Tokens } from './api/guards.js'
import type { NamedServer } from './api/host-header.js'
import {
  BODY_LIMIT,
  HEAD_WITHIN_MS,
  IDLE_WITHIN_MS,
  LONGEST_ID,
  LOOK_EVERY_MS,
  MOST_CONNECTIONS,
  REQUEST_WITHIN_MS,
  STALLED_WITHIN_MS,
} from './api/limits.js'
import { describeRoutes } from './api/open-api.js'
import { type ApiOptions, addGuarded, addReading } from './api/routes.js'
import { addMetricsRoute, type MetricsRouteOptions } from './exposition/metrics-route.js'
import { addHealthRoutes } from './health-routes.js'

export interface HttpServerOptions extends MetricsRouteOptions, NamedServer, Tokens {
  /** What `/api` shows and commands. */
  readonly api: Omit<ApiOptions, keyof Tokens>
  /** 0 takes any free port. */
  readonly port: number
  /** Asks the main thread. Never rejects. */
  readonly health: () => Promise<Health>
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
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const host = withoutBrackets(options.host)
  const app = await createApp({ ...options, host })
  try {
    await app.listen({ host, port: options.port })
  } catch (error) {
    await app.close()
    throw listenError(host, options.port, error)
  }
  const actualPort = (app.server.address() as AddressInfo).port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`
  return { address: { host, port: actualPort, url }, close: () => app.close() }
}

async function createApp(options: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: IDLE_WITHIN_MS,
    connectionTimeout: STALLED_WITHIN_MS,
    http: { headersTimeout: HEAD_WITHIN_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    routerOptions: { maxParamLength: LONGEST_ID },
    // What a request has too much is refused, not removed.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    frameworkErrors: answerBadPath,
    clientErrorHandler: answerBadConnection,
  })
  app.server.maxConnections = MOST_CONNECTIONS
  // Only JSON is left: what a form of another site can send is refused.
  app.removeContentTypeParser('text/plain')
  const api: ApiOptions = { ...options.api, token: options.token, readToken: options.readToken }
  answerFailures(app, (err) => options.logger?.error({ err }, 'a request could not be answered'))
  await addGuards(app, options)
  await describeRoutes(app)
  addHealthRoutes(app, options.health)
  await app.register(async (scope) => {
    limitRate(scope, 'metrics')
    await requireReader(scope, options)
    addMetricsRoute(scope, options)
  })
  await app.register(async (scope) => {
    limitRate(scope, 'read')
    await requireReader(scope, options)
    addReading(scope, api)
    scope.get('/openapi.json', { schema: { summary: 'This description of the routes.' } }, async () => app.swagger())
  })
  await addGuarded(app, api)
  return app
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
