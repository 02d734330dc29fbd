/** The HTTP routes: metrics, and the liveness and readiness probes for an orchestrator. */
import type { FastifyInstance } from 'fastify'
import type { Health } from '../kernel/view.js'
import type { MetricsRegistry } from '../observe/exported-metric.js'

export interface RouteOptions {
  readonly registry: MetricsRegistry
  /** Asks the main thread. Never rejects. */
  readonly health: () => Promise<Health>
  readonly logger?: { error(fields: { readonly err: unknown }, text: string): void }
}

export function addRoutes(app: FastifyInstance, { registry, health, logger }: RouteOptions): void {
  app.get('/metrics', async (_request, reply) => {
    try {
      const text = await registry.metrics()
      return reply.type(registry.contentType).send(text)
    } catch (error) {
      logger?.error({ err: error }, 'metrics cannot be collected')
      return reply
        .code(500)
        .type('text/plain; charset=utf-8')
        .send(`metrics cannot be collected: ${String(error)}\n`)
    }
  })

  // Liveness: 503 means that the process should be restarted.
  app.get('/healthz', async (_request, reply) => {
    const now = await health()
    return reply.code(now.live ? 200 : 503).send(now)
  })

  // Readiness: 503 while the supervisor starts or stops, or while one of its threads is not running.
  app.get('/readyz', async (_request, reply) => {
    const now = await health()
    return reply.code(now.ready ? 200 : 503).send(now)
  })
}
