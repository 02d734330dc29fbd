/** The liveness and readiness probes for an orchestrator. They need no token. */
import type { FastifyInstance } from 'fastify'
import type { Health } from '../kernel/health.js'
import { refTo } from './api/json-schemas.js'

const ANSWER = { 200: refTo('Health'), 503: refTo('Health') }

/** @param health asks the main thread, and never rejects. */
export function addHealthRoutes(app: FastifyInstance, health: () => Promise<Health>): void {
  app.get(
    '/healthz',
    { schema: { summary: 'Liveness: 503 means that the process should be restarted.', response: ANSWER } },
    async (_request, reply) => {
      const now = await health()
      return reply.code(now.live ? 200 : 503).send(now)
    },
  )

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Readiness: 503 while the supervisor starts or stops, or while one of its threads is not running.',
        response: ANSWER,
      },
    },
    async (_request, reply) => {
      const now = await health()
      return reply.code(now.ready ? 200 : 503).send(now)
    },
  )
}
