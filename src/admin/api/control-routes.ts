/** The routes that change something. They exist only with a control token. */
import type { FastifyInstance } from 'fastify'
import { CONTROL_ACTIONS, type ControlAction, type ControlCommand, type ControlResult } from '../../kernel/control.js'
import { ApiFailure } from './api-failure.js'
import { inputSchema, refTo } from './json-schemas.js'
import { CONTROL_SECURITY } from './open-api.js'
import { ControlBody } from './schemas.js'

/** Has the main thread do something. Never rejects. */
export type Control = (command: ControlCommand) => Promise<ControlResult>

const SUMMARIES: Readonly<Record<ControlAction, string>> = {
  trigger: 'Add a tick now.',
  pause: 'Skip the ticks from now on.',
  resume: 'Let it tick again.',
  abort: 'Abort the runs in progress.',
}

/** Who asks when a request does not say. */
const UNNAMED = 'http'

const STATUSES: Readonly<Record<string, number>> = {
  ERR_NO_TIMER: 404,
  ERR_OPTIONS: 400,
  ERR_LIFECYCLE: 409,
  ERR_NO_ANSWER: 503,
}

export function addControlRoutes(app: FastifyInstance, control: Control): void {
  const body = inputSchema(ControlBody)
  for (const action of CONTROL_ACTIONS) {
    const schema = {
      summary: SUMMARIES[action],
      security: CONTROL_SECURITY,
      // A request without a body says neither who nor why.
      body: { ...body, type: ['object', 'null'] },
      response: { '2xx': refTo('Done'), '4xx': refTo('ApiError'), '5xx': refTo('ApiError') },
    }
    app.post<{ Params: { readonly id: string }; Body?: ControlBody | null }>(
      `/api/entrypoints/:id/${action}`,
      { schema },
      async ({ params: { id: entrypoint }, body }) => {
        const { by = UNNAMED, reason } = body ?? {}
        const result = await control({ action, entrypoint, by, ...(reason !== undefined && { reason }) })
        if (result.isDone) return { entrypoint, text: result.text }
        throw new ApiFailure(STATUSES[result.code] ?? 409, result.code, result.text)
      },
    )
  }
}
