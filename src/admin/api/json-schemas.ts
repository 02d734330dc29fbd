/** The JSON schemas of what the API answers, made from the zod schemas: one for each export of schemas.ts, under its name. */
import { z } from '../../define/options/zod.js'
import * as exported from './schemas.js'

export interface JsonSchema {
  readonly $id?: string
  readonly [keyword: string]: unknown
}

/** Draft 7, as fastify takes them. The `$id` of each is its name, by which the others refer to it. */
export function jsonSchemas(): JsonSchema[] {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(exported)) {
    if (schema instanceof z.ZodType) registry.add(schema, { id })
  }
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-7', uri: (id) => id })
  return Object.values(schemas).map(({ $schema: _, ...schema }) => schema as JsonSchema)
}
