import type { z } from 'zod'
import { isPlainObject, mapValues, readText } from '../define/config-data.js'
import { memberOf, sectionOf, unwrapSchema } from './unwrap-schema.js'

const NUMERIC = new Set(['number', 'literal', 'union'])

/**
 * Returns a copy of `given` in which text such as `"8"` or `"false"` is converted where the schema expects a number or
 * `false`: a quoted placeholder becomes text, and between `{ }` YAML requires the quotes. Options of services are
 * converted in the same way.
 */
export function readNumbers(schema: z.core.$ZodType, given: unknown): unknown {
  if (sectionOf(schema) && isPlainObject(given)) {
    return mapValues(given, (value, key) => {
      const member = memberOf(schema, key)
      return member ? readNumbers(member, value) : value
    })
  }
  return NUMERIC.has(unwrapSchema(schema)._zod.def.type) ? readText(given) : given
}
