/** The JSON schemas of what the API answers, made from the zod schemas: one for each export of schemas.ts, under its name. */
import type { ZodObject, ZodType } from 'zod'
import { z } from '../../define/options/zod.js'
import * as exported from './schemas.js'

export interface JsonSchema {
  readonly $id?: string
  readonly [keyword: string]: unknown
}

/** The name of a schema that {@link jsonSchemas} has. */
export type SchemaName = {
  [Name in keyof typeof exported]: (typeof exported)[Name] extends ZodType ? Name : never
}[keyof typeof exported]

/** Draft 7, as fastify takes them. The `$id` of each is its name, by which the others refer to it. */
export function jsonSchemas(): JsonSchema[] {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(exported)) {
    if (schema instanceof z.ZodType) registry.add(schema, { id })
  }
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-7', uri: (id) => id })
  return Object.values(schemas).map(({ $schema: _, ...schema }) => schema as JsonSchema)
}

/** Refers to one of them. */
export function refTo(name: SchemaName): JsonSchema {
  return { $ref: `${name}#` }
}

/** The schema of what a request brings. Keys that it does not have are refused. */
export function inputSchema(schema: ZodObject): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema.strict(), { target: 'draft-7', io: 'input' })
  return json as JsonSchema
}
