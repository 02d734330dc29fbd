/** The HTTP routes: metrics, and the liveness and readiness probes for an orchestrator. */
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { EngineView } from '../kernel/view.js'
import type { MetricsRegistry } from '../observe/exported-metric.js'

export interface RouteOptions {
  readonly registry: MetricsRegistry
  readonly view: Pick<EngineView, 'health'>
  readonly logger?: Logger
}

export function addRoutes(app: FastifyInstance, { registry, view, logger }: RouteOptions): void {
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
  app.get('/healthz', (_request, reply) => {
    const health = view.health()
    return reply.code(health.live ? 200 : 503).send(health)
  })

  // Readiness: 503 while the supervisor starts or stops, or while one of its threads is not running.
  app.get('/readyz', (_request, reply) => {
    const health = view.health()
    return reply.code(health.ready ? 200 : 503).send(health)
  })
}
