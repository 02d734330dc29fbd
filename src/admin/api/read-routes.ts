/** The routes that show what is known of the engine. */
import type { FastifyInstance } from 'fastify'
import { parseDuration } from '../../define/options/durations.js'
import { z } from '../../define/options/zod.js'
import { didYouMean } from '../../kernel/suggest.js'
import { type Micros, millisFromMicros } from '../../kernel/time.js'
import { OUTCOMES, SKIP_REASONS } from '../../kernel/vocabulary.js'
import { LEVELS } from '../../observe/changes/change.js'
import { ApiFailure } from './api-failure.js'
import { mayControl, type Tokens } from './guards.js'
import { inputSchema, type JsonSchema, refTo, type SchemaName } from './json-schemas.js'
import type { EntrypointQuery, TickQuery, Views } from './views.js'

const moment = z.number().min(0)
const ENTRYPOINT_QUERY = inputSchema(
  z.object({
    q: z.string().max(200).optional(),
    service: z.string().max(200).optional(),
    level: z.enum(LEVELS).optional(),
    cells: z.int().min(0).max(200).default(60),
  }),
)
const TICK_QUERY = inputSchema(
  z.object({
    entrypoint: z.string().max(500).optional(),
    outcome: z.enum(OUTCOMES).optional(),
    reason: z.enum(SKIP_REASONS).optional(),
    since: moment.optional(),
    limit: z.int().min(1).max(1_000).default(200),
  }),
)
const CHANGE_QUERY = inputSchema(z.object({ since: moment.optional() }))
const PLAN_QUERY = inputSchema(
  z.object({ for: z.string().max(50).default('1h'), entrypoint: z.string().max(500).optional() }),
)
const NO_QUERY = inputSchema(z.object({}))

/** How far a plan may look ahead. */
const PLAN_SPAN = { min: 1, max: 31 * 86_400_000_000 } satisfies { readonly min: Micros; readonly max: Micros }

interface ById {
  readonly Params: { readonly id: string }
}

export function addReadRoutes(app: FastifyInstance, views: Views, tokens: Tokens): void {
  // The views are typed by the schemas, and tests check them. A serialiser that is made of a schema takes seven times as long for the cells.
  app.setSerializerCompiler(() => JSON.stringify)
  const found = <Value>(id: string, value: Value | undefined): Value => {
    if (value !== undefined) return value
    throw unknownEntrypoint(id, views.ids)
  }

  app.get('/api/status', route('The process, its verdict and its totals.', refTo('Status')), (request) =>
    views.status(mayControl(request, tokens)),
  )

  app.get<{ Querystring: EntrypointQuery }>(
    '/api/entrypoints',
    route('Entrypoints with timers, worst first.', refTo('Entrypoints'), ENTRYPOINT_QUERY),
    ({ query }) => views.entrypoints(query),
  )

  app.get<ById>(
    '/api/entrypoints/:id',
    route('One entrypoint, its last ticks and its errors.', refTo('EntrypointDetail')),
    async ({ params: { id } }) => found(id, await views.entrypoint(id)),
  )

  app.get<ById>(
    '/api/entrypoints/:id/why',
    route('Why the entrypoint did, or did not, run lately.', refTo('Why')),
    async ({ params: { id } }) => found(id, await views.why(id)),
  )

  app.get<{ Querystring: TickQuery }>(
    '/api/ticks',
    route('Recent ticks, newest first.', listed({ ticks: 'Tick' }), TICK_QUERY),
    async ({ query }) => {
      const { entrypoint } = query
      if (entrypoint !== undefined)
        found(
          entrypoint,
          views.ids.find((id) => isOf(id, entrypoint)),
        )
      return views.ticks(query)
    },
  )

  app.get('/api/services', route('The services.', listed({ services: 'Service' })), async () => ({
    services: views.services(),
  }))

  app.get('/api/threads', route('The worker threads.', listed({ threads: 'Thread' })), async () => ({
    threads: await views.threads(),
  }))

  app.get(
    '/api/leases',
    route('Leases and members, as this process knows them.', listed({ leases: 'Lease', members: 'Members' })),
    async () => views.leases(),
  )

  app.get<{ Querystring: { readonly since?: number } }>(
    '/api/changes',
    route('What has changed, newest first.', listed({ changes: 'Change' }), CHANGE_QUERY),
    async ({ query }) => ({ changes: views.changes(query.since) }),
  )

  app.get<{ Querystring: { readonly for: string; readonly entrypoint?: string } }>(
    '/api/plan',
    route('What comes due in the next time, for example in `for=1h`.', refTo('Plan'), PLAN_QUERY),
    async ({ query: { for: span, entrypoint } }) => {
      const parsed = parseDuration(span, PLAN_SPAN)
      if (!('value' in parsed)) throw new ApiFailure(400, 'ERR_REQUEST', `the querystring, for: ${parsed.problem}`)
      if (entrypoint !== undefined)
        found(
          entrypoint,
          views.ids.find((id) => isOf(id, entrypoint)),
        )
      const forMs = millisFromMicros(parsed.value)
      return views.plan({ forMs, ...(entrypoint !== undefined && { entrypoint }) })
    },
  )
}

function unknownEntrypoint(id: string, known: readonly string[]): ApiFailure {
  return new ApiFailure(
    404,
    'ERR_NO_TIMER',
    `there is no timer ${JSON.stringify(id.slice(0, 200))}${didYouMean(id, known)}`,
    'escapement top and GET /api/entrypoints?cells=0 list them. In a URL the # of an id is written %23.',
  )
}

/** An id, or that of the method of a timer with a name. */
function isOf(id: string, wanted: string): boolean {
  return id === wanted || id.startsWith(`${wanted}#`)
}

function route(summary: string, answer: JsonSchema, querystring: JsonSchema = NO_QUERY) {
  return { schema: { summary, querystring, response: { '2xx': answer, '4xx': refTo('ApiError') } } }
}

/** The schema of an object of lists. */
function listed(lists: Readonly<Record<string, SchemaName>>): JsonSchema {
  const names = Object.keys(lists)
  const properties = names.map((name) => [name, { type: 'array', items: refTo(lists[name]!) }])
  return { type: 'object', properties: Object.fromEntries(properties), required: names }
}
