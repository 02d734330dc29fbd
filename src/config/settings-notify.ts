/** The sections `escapement.notify` and `escapement.heartbeat`: who is told when something goes wrong, and who when it does not. */
import { POSITIVE_SPAN } from '../define/options/durations.js'
import { oneOf } from '../define/options/schema.js'
import { z } from '../define/options/zod.js'
import { NOTICE_KINDS } from '../kernel/notices.js'
import { show } from '../kernel/suggest.js'
import { duration, section } from './settings-values.js'

/** Errors do not repeat the value: a URL may contain a secret. */
const url = z
  .string('must be a URL that begins with http:// or https://')
  .refine(
    (given) => /^https?:\/\//.test(given) && URL.canParse(given),
    'must be a URL that begins with http:// or https://',
  )

export const notify = section({
  url: url.describe('Where notifications are sent: one POST with JSON for each change of state.'),
  secret: z
    .string({
      error: ({ input }) =>
        input === undefined || input === null
          ? 'must be given'
          : 'must be text; in YAML a number needs quotes to be text',
    })
    .min(16, 'must have at least 16 characters')
    .describe('Signs the notifications (HMAC-SHA256); the receiver has it too. At least 16 characters.'),
  on: z
    .array(oneOf(NOTICE_KINDS), {
      error: ({ input }) => `must be a list of kinds of notifications, got ${show(input)}`,
    })
    .default([...NOTICE_KINDS])
    .describe('Which changes are told. Default: all.'),
})
  .optional()
  .describe(
    'Notifications about jobs that fail, are overdue or are killed, and about their recovery. Default: none. Needs `http`.',
  )

export const heartbeat = section({
  url: url.describe('What is asked with GET for as long as all is well.'),
  every: duration(POSITIVE_SPAN).prefault('1m').describe('Time between two heartbeats. Unit: seconds. Default: 1 min.'),
})
  .optional()
  .describe(
    "A sign of life for a dead-man's switch outside. It is withheld while the main thread does not answer or something critical is wrong. Default: none. Needs `http`.",
  )
