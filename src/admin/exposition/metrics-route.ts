/** The route `/metrics`, for Prometheus. Scrapes that arrive in the same turn of the event loop are answered with one rendering. */
import type { FastifyInstance } from 'fastify'
import type { MetricsRegistry } from '../../observe/exported-metric.js'
import { Exposition } from './exposition.js'
import { SharedRendering } from './shared-rendering.js'

export interface MetricsRouteOptions {
  readonly registry: MetricsRegistry
  readonly logger?: { error(fields: { readonly err: unknown }, text: string): void }
}

export function addMetricsRoute(app: FastifyInstance, { registry, logger }: MetricsRouteOptions): void {
  const exposition = new Exposition(registry)
  const rendering = new SharedRendering(() => exposition.render())
  app.get('/metrics', { schema: { summary: 'Metrics in the text format of Prometheus.' } }, async (_request, reply) => {
    try {
      const text = await rendering.next()
      return reply.type(exposition.contentType).send(text)
    } catch (error) {
      logger?.error({ err: error }, 'metrics cannot be collected')
      return reply
        .code(500)
        .type('text/plain; charset=utf-8')
        .send(`metrics cannot be collected: ${String(error)}\n`)
    }
  })
}
