/** The section `escapement.coordination`: the store through which the processes of a deployment divide their work. */
import { POSITIVE_SPAN } from '../define/options/durations.js'
import { oneOf } from '../define/options/schema.js'
import { z } from '../define/options/zod.js'
import { didYouMean, show } from '../kernel/suggest.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { duration, kindOf, section } from './settings-values.js'

interface Timing {
  readonly ttl: Micros
  readonly renewDeadline: Micros
  readonly retry: Micros
}

const LOCAL = 'local'
const SCHEMES = ['redis', 'rediss', 'unix', 'postgres', 'postgresql', 'etcd', 'etcds']

const PROFILES: Readonly<Record<'normal' | 'fast', Timing>> = {
  normal: { ttl: 15_000_000, renewDeadline: 8_000_000, retry: 2_000_000 },
  fast: { ttl: 5_000_000, renewDeadline: 2_500_000, retry: 500_000 },
}

/** Describes what is wrong with a URL without showing it: it may contain a password. */
function urlProblem(url: unknown): string {
  const expected = `must be "${LOCAL}" or a URL that begins with ${SCHEMES.map((scheme) => `${scheme}://`).join(', ')}`
  if (typeof url !== 'string') return `${expected}, got ${show(url)}`
  const suggestion = didYouMean(/^[a-z]*/i.exec(url)![0], [LOCAL, ...SCHEMES])
  const scheme = /^[a-z][a-z0-9+.-]*:(\/\/)?/i.exec(url)
  if (/^[a-z+-]*sentinel[a-z+-]*:/i.test(url)) {
    return `${expected}: Redis Sentinel is not supported, name the Redis server itself or an address that follows the primary`
  }
  if (SCHEMES.some((known) => url === `${known}://`)) return `${expected}, got a URL with nothing behind ${url}`
  return `${expected}, got ${scheme ? `a URL that begins with ${scheme[0]}` : 'text that begins with none of them'}${suggestion}`
}

const url = z
  .string({ error: ({ input }) => urlProblem(input) })
  .regex(new RegExp(`^(${LOCAL}|(${SCHEMES.join('|')})://.+)$`), { error: ({ input }) => urlProblem(input) })

const timing = section({
  ttl: duration(POSITIVE_SPAN)
    .prefault('15s')
    .describe('How long the store keeps a lease for its holder after each renewal. Unit: seconds. Default: 15 s.'),
  renewDeadline: duration(POSITIVE_SPAN)
    .prefault('8s')
    .describe(
      'A holder that could not renew for this long stops the runs under the lease. Unit: seconds. Default: 8 s. Between it and `ttl` there must be time to abort a run and to kill its thread.',
    ),
  retry: duration(POSITIVE_SPAN)
    .prefault('2s')
    .describe('Time between two renewals, and how long a request to the store may take. Unit: seconds. Default: 2 s.'),
})

const written = section({
  url: url
    .default(LOCAL)
    .describe(
      'The store: `local` (this process alone), `redis://`, `rediss://`, `unix://` (the socket of a Redis server), `postgres://`, `postgresql://`, `etcd://` or `etcds://`. Default: `local`.',
    ),
  namespace: z
    .string('must be text')
    .regex(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,47}$/, {
      error: ({ input }) => `must be up to 48 letters, digits, "_", "." or "-", got ${show(input)}`,
    })
    .default('escapement')
    .describe(
      'Separates deployments that share a store; all processes of a deployment have the same. Up to 48 letters, digits, `_`, `.` or `-`. Default: `escapement`.',
    ),
  acceptEviction: z
    .boolean({ error: ({ input }) => `must be true or false, got ${show(input)}` })
    .default(false)
    .describe(
      'Lead on a Redis server that may delete keys when its memory is full (a `maxmemory-policy` other than `noeviction`). Leases and claims may then be lost, so that two processes run the same work. Default: false: nobody leads on such a server.',
    ),
  profile: z
    .union([oneOf(['normal', 'fast']), timing], {
      error: ({ input }) =>
        `must be "normal", "fast" or a section with ttl, renewDeadline and retry, got ${show(input)}`,
    })
    .prefault('normal')
    .describe(
      'How fast the loss of a process is detected: `normal` (ttl 15 s, renewDeadline 8 s, retry 2 s), `fast` (5 s, 2.5 s, 0.5 s) or a section with your own durations. Default: `normal`.',
    ),
})

/** Where leases are kept and how long they last; text alone is the `url`. */
export const coordination = z.codec(
  z.union([url, written], {
    error: ({ input }) => {
      const why =
        input === null ? ': is its environment variable set? A default is written behind a colon, as in :local' : ''
      return `must be a URL or a section with url, namespace and profile, got ${kindOf(input)}${why}`
    },
  }),
  z.object({
    url: z.string(),
    namespace: z.string(),
    acceptEviction: z.boolean(),
    ttl: z.number(),
    renewDeadline: z.number(),
    retry: z.number(),
  }),
  {
    decode: (given, context) => {
      const { profile, ...rest } = typeof given === 'string' ? written.parse({ url: given }) : given
      const spans: Timing = typeof profile === 'string' ? PROFILES[profile] : profile
      if (!(spans.ttl > spans.renewDeadline && spans.renewDeadline > spans.retry)) {
        context.issues.push({ code: 'custom', message: orderProblem(spans), path: ['profile'], input: profile })
      }
      return { ...rest, ...spans }
    },
    encode: ({ url, namespace, acceptEviction, ...profile }) => ({ url, namespace, acceptEviction, profile }),
  },
)

function orderProblem({ ttl, renewDeadline, retry }: Timing): string {
  const given = `got ttl ${formatSpan(ttl)}, renewDeadline ${formatSpan(renewDeadline)}, retry ${formatSpan(retry)}`
  return `ttl must be longer than renewDeadline, and renewDeadline longer than retry, ${given}`
}
