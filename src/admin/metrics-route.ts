/** `/metrics`, for Prometheus. */
import type { FastifyInstance } from 'fastify'
import type { MetricsRegistry } from '../observe/exported-metric.js'

export interface MetricsRouteOptions {
  readonly registry: MetricsRegistry
  readonly logger?: { error(fields: { readonly err: unknown }, text: string): void }
}

export function addMetricsRoute(app: FastifyInstance, { registry, logger }: MetricsRouteOptions): void {
  app.get('/metrics', { schema: { summary: 'Metrics in the text format of Prometheus.' } }, async (_request, reply) => {
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
}
