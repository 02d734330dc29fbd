/**
 * Log lines about the queue of scope `queue`.
 *
 * A store that does not answer fails every request, and a ticket that no instance can run comes again and again. So the first event of each
 * kind is written in full, and the others are counted. A ticket that was given up is work that is lost: each of them is written.
 */
import type { LogTable } from './log-line.js'
import { loggedError } from './logged-error.js'

export const QUEUE_LINES: LogTable<'queue.failed' | 'ticket.discarded' | 'ticket.stray'> = {
  'queue.failed': [
    {
      level: 'warn',
      text: 'queue failing',
      fields: ({ error }) => ({ err: loggedError(error) }),
      repeats: {
        more: 'queue still failing',
        key: ({ error }) => String(error.code ?? ''),
        subject: ({ error }) => (error.code === undefined ? {} : { code: error.code }),
      },
    },
  ],
  'ticket.discarded': [
    {
      level: 'error',
      text: 'ticket given up, no instance runs it again',
      fields: ({ id, message, ...event }) => ({ ...event, ticket: id, detail: message }),
    },
  ],
  'ticket.stray': [
    {
      level: 'warn',
      text: 'ticket of a timer that this instance does not have, it goes back to the queue: run the same services on all instances of a namespace, or set escapement.coordination.namespace for each application',
      fields: ({ id, ...event }) => ({ ...event, ticket: id }),
      repeats: {
        more: 'more tickets of a timer that this instance does not have',
        key: ({ entrypoint }) => entrypoint,
        subject: ({ service, entrypoint }) => ({ service, entrypoint }),
      },
    },
  ],
}
