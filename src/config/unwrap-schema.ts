/** Finds the schemas of sections and keys within a zod schema. */
import type { z } from 'zod'

/** Unwraps defaults, optionals and transforms to the input schema. */
export function unwrapSchema(schema: z.core.$ZodType): z.core.$ZodTypes {
  const typed = schema as z.core.$ZodTypes
  const { def } = typed._zod
  switch (def.type) {
    case 'pipe':
      return unwrapSchema(def.in)
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
      return unwrapSchema(def.innerType)
    default:
      return typed
  }
}

/** The keys and schemas of an object schema, or of the first object among the alternatives of a union. */
export function sectionOf(schema: z.core.$ZodType | undefined): z.core.$ZodShape | undefined {
  if (!schema) return undefined
  const { def } = unwrapSchema(schema)._zod
  if (def.type === 'object') return def.shape
  return def.type === 'union' ? def.options.map(sectionOf).find((shape) => shape !== undefined) : undefined
}

/** The schema of a key of a section. */
export function memberOf(schema: z.core.$ZodType | undefined, key: string): z.core.$ZodType | undefined {
  const section = sectionOf(schema)
  return section && Object.hasOwn(section, key) ? section[key] : undefined
}
