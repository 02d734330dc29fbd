/** What is served: metrics, and the two questions an orchestrator asks. */
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

  /** Should the process be left alone? 503: restart it. */
  app.get('/healthz', (_request, reply) => {
    const health = view.health()
    return reply.code(health.live ? 200 : 503).send(health)
  })

  /** Is it doing all of its work? 503 while it starts, stops, or misses a thread. */
  app.get('/readyz', (_request, reply) => {
    const health = view.health()
    return reply.code(health.ready ? 200 : 503).send(health)
  })
}
