/** `/openapi.json`: a description of the routes, made from their schemas. */
import { fastifySwagger } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { VERSION } from '../../kernel/version.js'
import { jsonSchemas } from './json-schemas.js'

/** Marks a route that needs the control token. */
export const CONTROL_SECURITY = [{ control: [] }]

/** To be called before routes are added. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Escapement', version: VERSION, description: 'What the supervisor does, and how to control it.' },
      components: {
        securitySchemes: {
          read: { type: 'http', scheme: 'bearer', description: 'escapement.http.readToken, if it is set' },
          control: { type: 'http', scheme: 'bearer', description: 'escapement.http.token' },
        },
      },
      security: [{}, { read: [] }],
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
    transformObject: (document) => modernTuples('openapiObject' in document ? document.openapiObject : {}) as object,
  })
  for (const schema of jsonSchemas()) app.addSchema(schema)
}

/** OpenAPI 3.1 takes the JSON Schema of 2020, in which the members of a tuple have another keyword than in draft 7. */
function modernTuples(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modernTuples)
  if (typeof value !== 'object' || value === null) return value
  const { items, additionalItems, ...rest } = value as Record<string, unknown>
  const converted = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, modernTuples(inner)]))
  if (Array.isArray(items)) return { ...converted, prefixItems: modernTuples(items), items: additionalItems ?? true }
  return items === undefined ? converted : { ...converted, items: modernTuples(items) }
}
