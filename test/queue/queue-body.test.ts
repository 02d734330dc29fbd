/** What the queue thread does, over a store that answers when the test says so. The numbers are those of src/queue/thread/queue-body.ts. */
import { expect, it, onTestFinished } from 'vitest'
import type { Settlement } from '../../src/kernel/ticket.js'
import type { RunQueue, SettledAndTaken, TakenTicket, TicketLock } from '../../src/queue/run-queue.js'
import type { FromQueue, HeldLock } from '../../src/queue/thread/protocol.js'
import { QueueBody } from '../../src/queue/thread/queue-body.js'
import { Trouble } from '../../src/queue/thread/trouble.js'
import { Validity } from '../../src/queue/validity.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { makeTicket } from './make-ticket.js'

const LOCK = 60_000_000

function takenTicket(token: string): TakenTicket {
  const ticket = makeTicket('s')
  return {
    ...{ service: 's', id: ticket.id, token, ticket, attempt: 1, delivery: 1, redelivered: false },
    heldUntil: LOCK,
  }
}

const HELD: HeldLock = { slot: 1, lock: { service: 's', id: 'x', token: 't1#0' } }

/** A store that has one ticket to take, and answers settlements that take the next one when the test says so. */
function openBody(
  services: readonly string[] = ['s'],
  check: RunQueue['check'] = async () => [],
  renew: RunQueue['renew'] = async () => ({ heldUntil: LOCK, lost: new Set() }),
) {
  const clock = new VirtualClock()
  const posted: FromQueue[] = []
  const first = takenTicket('t1#0')
  const waiting = [first]
  const settled: (readonly [TicketLock, Settlement])[] = []
  const answers: ((answer: SettledAndTaken) => void)[] = []
  const queue: RunQueue = {
    take: async (_service, signal) =>
      waiting.shift() ??
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true })),
    settle: async (lock, settlement) => {
      settled.push([lock, settlement])
      return 'accepted'
    },
    settleAndTake: () => new Promise((resolve) => answers.push(resolve)),
    offer: async () => ({ kind: 'kept' }),
    renew,
    recover: async () => {},
    depth: async () => ({ waiting: 0, active: 0, delayed: 0, oldestDueAt: undefined }),
    missing: async () => [],
    check,
    close: async () => {},
  }
  const validity = new Validity()
  const setup = { lock: LOCK, services, validity: validity.buffer }
  const told: (readonly string[])[] = []
  const trouble = new Trouble('memory:', (problems) => told.push(problems))
  const body = new QueueBody({ setup, queue, clock, trouble, post: (message) => posted.push(message) })
  const ofKind = <Kind extends FromQueue['kind']>(kind: Kind) =>
    posted.filter((message): message is Extract<FromQueue, { kind: Kind }> => message.kind === kind)
  const turn = () => clock.advance(1)
  const complete = async () => {
    body.take({ kind: 'room', service: 's', room: 1, seen: 0 })
    await turn()
    const [{ slot, taken } = { slot: -1, taken: first }] = ofKind('taken')
    const held: HeldLock = { slot, lock: { service: 's', id: taken.id, token: taken.token } }
    body.take({ kind: 'room', service: 's', room: 1, seen: 1 })
    body.take({ kind: 'settle', call: 1, held, settlement: { kind: 'completed' } })
    await turn()
    expect(answers).toHaveLength(1)
  }
  return { body, clock, ofKind, turn, complete, answers, settled, told, validity }
}

it('a ticket that a settlement brings along is reported as taken, with the settlement (Q4, Q5)', async () => {
  const { ofKind, turn, complete, answers } = openBody()
  await complete()
  const next = takenTicket('t1#1')
  answers[0]!({ settled: 'accepted', next })
  await turn()
  expect(ofKind('settled')).toEqual([{ kind: 'settled', call: 1, settled: 'accepted' }])
  expect(ofKind('taken')[1]).toMatchObject({ taken: next })
})

it('a ticket that a settlement brings along after there is no room any more is reported as taken (Q5)', async () => {
  const { body, ofKind, turn, complete, answers } = openBody()
  await complete()
  body.take({ kind: 'room', service: 's', room: 0, seen: 1 })
  const next = takenTicket('t1#1')
  answers[0]!({ settled: 'accepted', next })
  await turn()
  expect(ofKind('taken')[1]).toMatchObject({ taken: next })
})

it('a ticket that a settlement brings along during the close goes back before the end of it (Q5)', async () => {
  const { body, ofKind, turn, complete, answers, settled } = openBody()
  await complete()
  body.take({ kind: 'close', within: 1_000_000 })
  await turn()
  expect(ofKind('closed')).toHaveLength(0)
  const next = takenTicket('t1#1')
  answers[0]!({ settled: 'accepted', next })
  await turn()
  expect(settled).toEqual([[next, { kind: 'returned' }]])
  expect(ofKind('taken')).toHaveLength(1)
  expect(ofKind('settled')).toHaveLength(1)
  expect(ofKind('closed')).toHaveLength(1)
})

it('a ticket that comes with an answer after its deadline is reported as taken, and its settlement is answered once (Q4, Q5)', async () => {
  const { clock, ofKind, turn, complete, answers } = openBody()
  await complete()
  await clock.advance(6_000_000)
  expect(answers.length).toBeLessThanOrEqual(2)
  const next = takenTicket('t1#1')
  answers[0]!({ settled: 'accepted', next })
  answers[1]?.({ settled: 'accepted', next: undefined })
  await turn()
  expect(ofKind('taken')[1]).toMatchObject({ taken: next })
  expect(ofKind('settled')).toHaveLength(1)
})

it('a settlement after which the ticket can be handed out again, or without room, brings none along', async () => {
  const { body, turn, answers, settled } = openBody()
  body.take({ kind: 'room', service: 's', room: 1, seen: 0 })
  await turn()
  const held = { slot: 1, lock: { service: 's', id: 'x', token: 't1#0' } }
  body.take({ kind: 'settle', call: 1, held, settlement: { kind: 'completed' } })
  body.take({ kind: 'room', service: 's', room: 1, seen: 1 })
  body.take({ kind: 'settle', call: 2, held, settlement: { kind: 'returned' } })
  body.take({ kind: 'settle', call: 3, held, settlement: { kind: 'failed', message: 'no', retry: true } })
  await turn()
  expect(answers).toHaveLength(0)
  expect(settled.map(([, { kind }]) => kind)).toEqual(['completed', 'returned', 'failed'])
})

it('a queue thread with many services writes no warning about listeners', async () => {
  const warnings: Error[] = []
  const take = (warning: Error) => warnings.push(warning)
  process.on('warning', take)
  onTestFinished(() => void process.off('warning', take))
  const { clock } = openBody(Array.from({ length: 20 }, (_, at) => `s${at}`))
  await clock.advance(3_000_000)
  expect(warnings).toEqual([])
})

it('a setting of the store that does not fit is told when the queue is open, though the first check got no answer', async () => {
  let checks = 0
  const { body, clock, ofKind, told } = openBody(['s'], async () => {
    if (++checks === 1) throw new Error('not connected yet')
    return ['maxmemory-policy is allkeys-lru']
  })
  const opened = body.opened()
  await clock.advance(1_000_000)
  await opened
  expect(ofKind('opened')).toHaveLength(1)
  expect(told.at(-1)).toEqual(['maxmemory-policy is allkeys-lru'])
})

it('a new thread tries again to renew what it is told to hold until there is an answer (Q1)', async () => {
  let requests = 0
  const { body, clock, validity } = openBody(['s'], undefined, async () => {
    if (++requests < 4) throw new Error('not connected yet')
    return { heldUntil: 77, lost: new Set() }
  })
  body.take({ kind: 'hold', held: [HELD] })
  await clock.advance(1)
  await clock.advance(1_000_000)
  expect([requests, validity.read(1)]).toEqual([4, 77])
})

it('a regular renewal that fails is tried again before the next one (Q1)', async () => {
  let isDown = false
  const { body, clock, validity } = openBody(['s'], undefined, async () => {
    if (isDown) throw new Error('no answer')
    return { heldUntil: clock.now() + LOCK, lost: new Set() }
  })
  body.take({ kind: 'hold', held: [HELD] })
  await clock.advance(1)
  isDown = true
  await clock.advance(LOCK / 3)
  isDown = false
  await clock.advance(1_000_000)
  expect(validity.read(1)).toBeGreaterThan(LOCK / 3 + LOCK)
})

it('the renewals of a store that does not answer do not pile up (Q1)', async () => {
  let [open, most] = [0, 0]
  const { body, clock } = openBody(['s'], undefined, () => {
    most = Math.max(most, ++open)
    return new Promise((_, reject) =>
      clock.after(1_000_000, () => {
        open--
        reject(new Error('no answer'))
      }),
    )
  })
  body.take({ kind: 'hold', held: [HELD] })
  await clock.advance(2 * LOCK)
  expect(most).toBeLessThanOrEqual(2)
})

it('a store that comes back after more than a part of the lock is asked again at once (Q1)', async () => {
  let isDown = false
  const { body, clock, validity } = openBody(['s'], undefined, async () => {
    if (isDown) throw new Error('no answer')
    return { heldUntil: clock.now() + LOCK, lost: new Set() }
  })
  body.take({ kind: 'hold', held: [HELD] })
  await clock.advance(1)
  isDown = true
  await clock.advance((2 * LOCK) / 3 + 1_000_000)
  isDown = false
  await clock.advance(2_000_000)
  expect(validity.read(1)).toBeGreaterThan((2 * LOCK) / 3 + LOCK)
})
