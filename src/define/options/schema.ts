/**
 * Building blocks of option schemas: zod schemas whose messages say what was expected and what was given. A message is the end
 * of a sentence: `must be ..., got ...`.
 */
import type { output, ZodObject, ZodRawShape, ZodType } from 'zod'
import { didYouMean, show } from '../../kernel/suggest.js'
import type { Parsed } from './parsed.js'
import { z } from './zod.js'

function expected(what: string) {
  return { error: (issue: { input?: unknown }) => `must be ${what}, got ${show(issue.input)}` }
}

export const flag = z.boolean(expected('true or false'))

export function oneOf<const Values extends readonly string[]>(values: Values) {
  const list = values.map((value) => `"${value}"`).join(', ')
  return z.enum(values, {
    error: ({ input }) =>
      `must be one of ${list}, got ${show(input)}${typeof input === 'string' ? didYouMean(input, values) : ''}`,
  })
}

export function wholeNumber(min: number, max: number) {
  const message = expected(`a whole number from ${min} to ${max}`)
  return z.number(message).int(message).min(min, message).max(max, message)
}

export function numberFrom(min: number, max: number) {
  const message = expected(`a number from ${min} to ${max}`)
  return z.number(message).min(min, message).max(max, message)
}

/** Accepts the inputs that a parsing function accepts. */
export function parsedBy<Value>(parse: (input: unknown) => Parsed<Value>) {
  return z.unknown().transform((input, context): Value => {
    const parsed = parse(input)
    if ('value' in parsed) return parsed.value
    context.issues.push({ code: 'custom', message: parsed.problem, input })
    return z.NEVER
  })
}

/** Accepts `false` and the inputs of the schema. */
export function orFalse<Schema extends ZodType>(schema: Schema) {
  return z.unknown().transform((input, context): output<Schema> | false => {
    if (input === false) return false
    const parsed = schema.safeParse(input)
    if (parsed.success) return parsed.data
    for (const { message, path } of parsed.error.issues) {
      context.issues.push({ code: 'custom', message, path: [...path], input })
    }
    return z.NEVER
  })
}

/** Accepts `true`, `false` and the objects of the schema. */
export function orFlag<Shape extends ZodRawShape>(schema: ZodObject<Shape>) {
  return z.unknown().transform((input, context): output<typeof schema> | boolean => {
    if (typeof input === 'boolean') return input
    if (typeof input !== 'object' || input === null) {
      context.issues.push({ code: 'custom', message: `must be true, false or an object, got ${show(input)}`, input })
      return z.NEVER
    }
    const parsed = schema.safeParse(input)
    if (parsed.success) return parsed.data
    for (const { message, path } of parsed.error.issues) {
      context.issues.push({ code: 'custom', message, path: [...path], input })
    }
    return z.NEVER
  })
}

/**
 * Accepts an object with these keys and no others. `hints` holds advice for keys that belong elsewhere, in place of a similar
 * name.
 */
export function table<Shape extends ZodRawShape>(shape: Shape, hints: Readonly<Record<string, string>> = {}) {
  const known = Object.keys(shape)
  const unknownKey = z.custom(() => false, {
    error: ({ path }) => {
      const key = String(path?.at(-1))
      return `is not known${Object.hasOwn(hints, key) ? `: ${hints[key]}` : didYouMean(key, known)}`
    },
  })
  // The index signature that catchall() adds to the type would hide misspelt names from the compiler.
  return z.object(shape, expected('an object')).catchall(unknownKey) as unknown as ZodObject<Shape>
}
