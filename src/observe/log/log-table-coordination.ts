/**
 * Log lines about the other instances: leases, claims, members, the coordination store.
 *
 * A store that does not answer fails every lease and every claim. That is one cause: the first failure of each kind is written
 * in full, and the others, of whatever lease or entrypoint, are counted.
 */
import type { LeaseChanged } from '../../kernel/events.js'
import type { LeaseEvent } from '../../kernel/vocabulary.js'
import type { Fields, Level, LogTable } from './log-line.js'
import { loggedError } from './logged-error.js'

const LEASE_LEVELS: Readonly<Record<LeaseEvent, Level>> = {
  renewed: 'debug',
  acquired: 'info',
  released: 'info',
  lost: 'warn',
  renew_failed: 'warn',
  acquire_failed: 'warn',
}

export const COORDINATION_LINES: LogTable<'lease.changed' | 'claim.ended' | 'members.changed' | 'coordination.failed'> =
  {
    'lease.changed': [
      {
        when: ({ event, cause }) =>
          event === 'renew_failed' || event === 'acquire_failed' || (event === 'lost' && cause === 'unconfirmed'),
        level: ({ event }) => LEASE_LEVELS[event],
        text: leaseText,
        fields: leaseFields,
        repeats: {
          more: (event) => `${leaseText(event)} again`,
          key: ({ event }) => event,
          subject: () => ({}),
        },
      },
      { level: ({ event }) => LEASE_LEVELS[event], text: leaseText, fields: leaseFields },
    ],
    'claim.ended': [
      {
        when: ({ error }) => error !== undefined,
        level: 'warn',
        text: ({ result }) => result.replace('_', ' '),
        fields: ({ entrypoint, error }) => ({ entrypoint, err: loggedError(error!) }),
        repeats: {
          more: ({ result }) => `${result.replace('_', ' ')} again`,
          key: ({ result }) => result,
          subject: () => ({}),
        },
      },
      { level: 'debug', text: 'claim ended', fields: ({ entrypoint, result }) => ({ entrypoint, result }) },
    ],
    'members.changed': [
      {
        level: 'info',
        text: 'members changed',
        fields: ({ service, self, members }) => ({ service, self, members: members.map(({ id }) => id) }),
      },
    ],
    'coordination.failed': [
      {
        level: 'warn',
        text: 'coordination store failing',
        fields: ({ error }) => ({ err: loggedError(error) }),
        repeats: { more: 'coordination store still failing', key: () => '', subject: () => ({}) },
      },
    ],
  }

function leaseText({ event }: LeaseChanged): string {
  return `lease ${event.replace('_', ' ')}`
}

function leaseFields({ lease, event, epoch, cause, error }: LeaseChanged): Fields {
  return {
    lease,
    epoch: String(epoch),
    ...(event !== 'acquired' && cause && { cause }),
    ...(error && { err: loggedError(error) }),
  }
}
