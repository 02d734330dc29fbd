import { expect, it } from 'vitest'
import { readTicket } from '../../src/queue/ticket-record.js'
import { makeTicket } from './make-ticket.js'

it('a ticket that went through JSON is read as it was', () => {
  for (const [expiresAt, sequence] of [
    [undefined, 7],
    [12.5, 7],
    // A tick that was added by hand.
    [undefined, -1],
  ] as const) {
    const ticket = makeTicket('s', { expiresAt, sequence, overlap: 'wait', attempts: 3 })
    expect(readTicket('s', ticket.id, JSON.parse(JSON.stringify(ticket)))).toEqual(ticket)
  }
})

it.each([
  [null, 'no object'],
  [[], 'no object'],
  [{ ...makeTicket('s'), attempts: 0 }, 'field attempts is 0'],
  [{ ...makeTicket('s'), overlap: 'replace' }, 'field overlap is "replace"'],
  [{ ...makeTicket('s'), backoff: { initial: 1 } }, 'field backoff is'],
  [{ ...makeTicket('s'), sequence: 1.5 }, 'field sequence is 1.5'],
  [{ ...makeTicket('s'), dueAt: null }, 'field dueAt is null'],
  [makeTicket('other'), 'of the service other'],
  [{ ...makeTicket('s'), id: 'else' }, 'has the id else'],
])('record %# is no ticket, and the text says why', (record, why) => {
  const id = makeTicket('s').id
  expect(readTicket('s', id, record)).toEqual(expect.stringContaining(why))
})
