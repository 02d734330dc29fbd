import type { z } from 'zod'
import { isPlainObject, mapValues, readText } from '../define/config-data.js'
import { memberOf, sectionOf, unwrapSchema } from './unwrap-schema.js'

const NUMERIC = new Set(['number', 'literal', 'union'])

/**
 * A copy of what was given in which text that spells a number or `false` has become one, where a number is expected: a
 * quoted placeholder leaves text behind, and between `{ }` YAML wants the quotes. So it is with the options of services.
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
