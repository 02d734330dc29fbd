/** Building blocks of the settings schema. A codec decodes what users write to what the engine uses, and encodes it back. */
import type { core } from 'zod'
import { type DurationInput, parseDuration, type SpanRange } from '../define/options/durations.js'
import { z } from '../define/options/zod.js'
import { show } from '../kernel/suggest.js'
import { formatSpan, type Micros, secondsFromMicros } from '../kernel/time.js'

/** A mapping with these keys; other keys are errors. */
export function section<Shape extends core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: ({ input }) => `must be a section with ${keys}, got ${kindOf(input)}` })
}

/** Names what stands where a section is expected. Text is not shown: somebody may have written a URL with a password. */
export function kindOf(input: unknown): string {
  if (typeof input === 'string') return 'text'
  return Array.isArray(input) ? 'a list' : show(input)
}

/** A number of seconds or a duration such as `10s`; decoded to microseconds. */
export function duration(range: SpanRange) {
  const written = z.union([z.number(), z.string()], {
    error: ({ input }) => `must be a number of seconds or a duration such as "10s", got ${show(input)}`,
  })
  return z.codec(written, z.number(), {
    decode: (given: DurationInput, context) => {
      const parsed = parseDuration(given, range)
      if ('value' in parsed) return parsed.value
      context.issues.push({ code: 'custom', message: parsed.problem, input: given })
      return z.NEVER
    },
    encode: writeDuration,
  })
}

/** As duration text where that is exact, else in seconds. */
function writeDuration(span: Micros): DurationInput {
  const text = formatSpan(span)
  const read = parseDuration(text)
  return 'value' in read && read.value === span ? text : secondsFromMicros(span)
}

/**
 * Optional text. Empty text counts as missing, because a placeholder of an unset variable becomes empty text:
 * `"${STATE_FILE:}"`. Errors do not repeat the value: it may be a secret.
 */
export function optionalText() {
  const written = z.string('must be text; in YAML a number needs quotes to be text').nullish()
  return z.codec(written, z.string().optional(), {
    decode: (given) => given || undefined,
    encode: (text) => text,
  })
}
