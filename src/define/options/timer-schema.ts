/** The options of a timer and the values of each. `timer-options.ts` checks options against each other. */
import type { z } from 'zod'
import { show } from '../../kernel/suggest.js'
import { MISSED_POLICIES, OVERLAPS, SCOPES } from '../../kernel/vocabulary.js'
import { ANY_SPAN, POSITIVE_SPAN, parseDuration, type SpanRange, TICKABLE_SPAN } from './durations.js'
import { parseLocalTime } from './local-time.js'
import type { Parsed } from './parsed.js'
import { flag, numberFrom, oneOf, orFalse, orFlag, parsedBy, table, wholeNumber } from './schema.js'
import { parseTimezone } from './timezone.js'
import { windowSchema } from './window.js'

const retry = table({
  attempts: wholeNumber(1, 100).optional(),
  backoff: table({
    initial: span(TICKABLE_SPAN).optional(),
    factor: numberFrom(1, 100).optional(),
    max: span(TICKABLE_SPAN).optional(),
    jitter: numberFrom(0, 1).optional(),
  }).optional(),
})

const breaker = table({
  failures: wholeNumber(1, 10_000).optional(),
  reset: span(TICKABLE_SPAN).optional(),
  factor: numberFrom(1, 100).optional(),
  max: span(TICKABLE_SPAN).optional(),
})

const shared = {
  eager: flag.optional(),
  overlap: oneOf(OVERLAPS).optional(),
  concurrency: wholeNumber(1, 64).optional(),
  timeout: orFalse(span(POSITIVE_SPAN)).optional(),
  abortGrace: span(ANY_SPAN).optional(),
  missed: oneOf(MISSED_POLICIES).optional(),
  startDeadline: span(POSITIVE_SPAN).optional(),
  jitter: span(ANY_SPAN).optional(),
  precise: parsedBy(parsePrecise).optional(),
  window: orFalse(windowSchema).optional(),
  retry: retry.optional(),
  breaker: orFlag(breaker).optional(),
  scope: oneOf(SCOPES).optional(),
}
const align = flag.optional()
const spread = flag.optional()
const from = parsedBy(parseLocalTime).optional()
const timezone = parsedBy(parseTimezone).optional()
const when = parsedBy(parseFunction).optional()
const name = parsedBy(parseTimerName).optional()

/** Options of `@timer`. */
export const timerSchema = table(
  { ...shared, name, align, spread, from, timezone, when },
  { interval: 'the interval is the first argument, @timer(60, { ... })' },
)

/** Options of `@cron`. */
export const cronSchema = table(
  { ...shared, name, timezone, when },
  {
    align: 'it is for @timer, a cron expression has its own times',
    spread: 'it is for @timer, a cron expression has its own times',
    from: 'it is for @timer, a cron expression has its own times',
    expression: 'the expression is the first argument, @cron("0 18 * * *", { ... })',
  },
)

/** Options that `escapement.defaults` of the configuration may set for every timer. */
export const defaultsSchema = table(
  { ...shared, align, spread, timezone },
  { when: 'a function cannot come from the configuration', name: 'it belongs to one timer' },
)

/** The checked options of any kind of timer, with durations in microseconds; options that were not given are undefined. */
export type GivenOptions = z.output<typeof defaultsSchema>
/** The checked options of one timer. */
export type OwnOptions = GivenOptions & {
  readonly name?: string | undefined
  readonly from?: string | undefined
  readonly when?: unknown
}
export type GivenRetry = z.output<typeof retry>
export type GivenBreaker = z.output<typeof breaker>

function span(range: SpanRange) {
  return parsedBy((input) => parseDuration(input, range))
}

const NAME = /^[a-z][a-z0-9_-]*$/

function parseTimerName(input: unknown): Parsed<string> {
  if (typeof input === 'string' && NAME.test(input)) return { value: input }
  return {
    problem: `must be a name of lower-case letters, digits, "_" and "-" that starts with a letter, such as "morning", got ${show(input)}`,
  }
}

function parsePrecise(input: unknown): Parsed<boolean | 'auto'> {
  if (typeof input === 'boolean' || input === 'auto') return { value: input }
  return { problem: `must be true, false or "auto", got ${show(input)}` }
}

function parseFunction(input: unknown): Parsed<unknown> {
  return typeof input === 'function' ? { value: input } : { problem: `must be a function, got ${show(input)}` }
}
