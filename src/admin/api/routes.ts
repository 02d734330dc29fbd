/** The routes below `/api`. */
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../kernel/clock.js'
import { addControlRoutes, type Control } from './control-routes.js'
import { addDashboard } from './dashboard-routes.js'
import { EventStream } from './event-stream.js'
import { limitRate, mayControl, requireController, type Tokens } from './guards.js'
import { addReadRoutes } from './read-routes.js'
import type { Views } from './views.js'

export interface ApiOptions extends Tokens {
  readonly views: Views
  readonly control: Control
  readonly clock: Pick<Clock, 'after' | 'wallNow'>
  /** A reader of the event stream was disconnected because it did not keep up. */
  readonly onReaderDropped: () => void
}

/** To be called in a scope that only readers get into. */
export function addReading(scope: FastifyInstance, options: ApiOptions): void {
  const { views, clock, onReaderDropped } = options
  addReadRoutes(scope, views, options)
  const stream = new EventStream({ views, clock, onDropped: onReaderDropped })
  scope.addHook('preClose', async () => stream.close())
  const summary =
    'Server-sent events: `hello`, then `ticks`, `change`, and `status` every two seconds. Read it with fetch, which can send a token.'
  scope.get('/api/events', { schema: { summary }, exposeHeadRoute: false }, async (request, reply) => {
    stream.refuseMore()
    reply.hijack()
    stream.add(reply.raw, mayControl(request, options))
  })
}

/** Routes with guards of their own: the dashboard, and control if there is a token for it. */
export async function addGuarded(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { token, control, views } = options
  await app.register(async (scope) => {
    limitRate(scope, 'read')
    await addDashboard(scope, views, options)
  })
  if (token === undefined) return
  await app.register(async (scope) => {
    limitRate(scope, 'control')
    await requireController(scope, token)
    addControlRoutes(scope, control)
  })
}
