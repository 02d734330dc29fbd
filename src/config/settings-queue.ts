/** The section `escapement.queue`: the store that keeps the ticks of scope `queue`, and what this instance does with them. */
import type { output } from 'zod'
import { flag, oneOf } from '../define/options/schema.js'
import { z } from '../define/options/zod.js'
import { ConfigError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { Micros } from '../kernel/time.js'
import { duration, section } from './settings-values.js'

const SCHEMES = ['redis', 'rediss', 'unix', 'postgres', 'postgresql']
const A_QUEUE = new RegExp(`^(${SCHEMES.join('|')})://.+$`)

const DELIVERIES = ['at-least-once', 'at-most-once'] as const

/** Describes what is wrong with a URL without showing it: it may contain a password. */
function urlProblem(url: unknown): string {
  const expected = `must be a URL that begins with ${SCHEMES.map((scheme) => `${scheme}://`).join(', ')}`
  if (typeof url !== 'string') return `${expected}, got ${show(url)}`
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url) ?? []
  if (scheme === undefined) return `${expected}, got text that begins with none of them`
  if (SCHEMES.some((known) => url === `${known}://`)) return `${expected}, got a URL with nothing behind ${url}`
  return `${expected}, got a URL that begins with ${scheme}://${didYouMean(scheme, SCHEMES)}`
}

/** Empty text counts as missing: a placeholder of a variable that is not set becomes empty text. */
const url = z.codec(
  z
    .string({ error: ({ input }) => urlProblem(input) })
    .regex(new RegExp(`^$|${A_QUEUE.source}`), { error: ({ input }) => urlProblem(input) })
    .nullish(),
  z.string().optional(),
  { decode: (given) => given || undefined, encode: (text) => text },
)

const SECOND: Micros = 1_000_000

export const queue = section({
  url: url.describe(
    'The store that keeps the tickets: `redis://`, `rediss://`, `unix://` (the socket of a Redis server), `postgres://` or `postgresql://`. Default: the store of `coordination`, when that is a Redis or Postgres server.',
  ),
  offer: flag
    .default(true)
    .describe(
      'Whether this instance hands ticks over to the queue while it holds the lease of their service. False: it only works. Default: true.',
    ),
  take: flag
    .default(true)
    .describe('Whether this instance takes tickets and runs them. False: it only schedules. Default: true.'),
  delivery: oneOf(DELIVERIES)
    .default('at-least-once')
    .describe(
      'What happens to a ticket whose instance has died or was frozen: another instance runs it again (`at-least-once`), or none does (`at-most-once`). Default: `at-least-once`.',
    ),
  lock: duration({ min: SECOND, max: 3_600 * SECOND })
    .optional()
    .describe(
      'How long a ticket stays with an instance that does not renew it; then another one takes it. Unit: seconds. Range: 1 s to 1 h. Default: the `ttl` of `coordination`: 15 s, or 5 s with the profile `fast`.',
    ),
  retain: duration({ min: 60 * SECOND, max: 400 * 86_400 * SECOND })
    .prefault('1h')
    .describe(
      'How long the store remembers tickets that have ended, so that the same tick is not run again. Unit: seconds. Range: 1 min to 400 days. Default: 1 h.',
    ),
}).check(({ value, issues }) => {
  if (value.offer || value.take) return
  const message =
    'and offer are both false: this instance would neither hand ticks over nor run them. Set one of them to true'
  issues.push({ code: 'custom', message, path: ['take'], input: value.take })
})

/** The queue of an instance, complete. */
export interface QueueSettings {
  readonly url: string
  /** The setting that names the URL, for messages. */
  readonly urlSetting: 'escapement.queue.url' | 'escapement.coordination.url'
  readonly namespace: string
  readonly offer: boolean
  readonly take: boolean
  readonly delivery: (typeof DELIVERIES)[number]
  readonly lock: Micros
  /** The lock is the `ttl` of `coordination`: none is set. */
  readonly isLockOfCoordination: boolean
  readonly retain: Micros
}

interface Given {
  readonly coordination: { readonly url: string; readonly namespace: string; readonly ttl: Micros }
  readonly queue: output<typeof queue>
}

/**
 * The settings of the queue with those that it takes from `coordination`.
 *
 * @throws ConfigError (`ERR_CONFIG_VALUE`) when neither names a store that can keep tickets.
 */
export function queueSettings(given: Given): QueueSettings {
  const { coordination, queue } = given
  const { url = coordination.url, ...rest } = queue
  if (!A_QUEUE.test(url)) {
    const found = url === 'local' ? '"local"' : `a store that begins with ${url.replace(/:.*/s, '://')}`
    throw new ConfigError(
      'ERR_CONFIG_VALUE',
      `configuration: escapement.queue.url: a timer with scope "queue" needs a Redis or Postgres server that keeps its ticks, and escapement.coordination.url is ${found}. Set escapement.queue.url to ${SCHEMES.map((scheme) => `${scheme}://`).join(', ')}...`,
    )
  }
  const urlSetting = queue.url === undefined ? 'escapement.coordination.url' : 'escapement.queue.url'
  return { ...rest, ...lockOf(given), url, urlSetting, namespace: coordination.namespace }
}

export function lockOf({ coordination, queue }: Given): Pick<QueueSettings, 'lock' | 'isLockOfCoordination'> {
  const { lock = coordination.ttl } = queue
  return { lock, isLockOfCoordination: queue.lock === undefined }
}
