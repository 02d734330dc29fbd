/** What every store of tickets keeps to. The numbers R1 to R5 are those of src/queue/run-queue.ts. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/kernel/clock.js'
import type { Ticket } from '../../src/kernel/ticket.js'
import type { Micros } from '../../src/kernel/time.js'
import { openQueue } from '../../src/queue/open-queue.js'
import type { DiscardedTicket, RunQueue, TakenTicket } from '../../src/queue/run-queue.js'
import { makeTicket } from './make-ticket.js'

export interface Store {
  readonly url: () => string
}

/** Lasts longer than any test. */
const LONG_LOCK: Micros = 60_000_000
/** Lapses while a test waits for it. */
const SHORT_LOCK: Micros = 600_000
const RETAIN: Micros = 600_000_000

export const patient = () => new AbortController().signal

export interface TestQueue extends RunQueue {
  readonly discarded: readonly DiscardedTicket[]
}

export async function openForTest(url: string, lock = LONG_LOCK, namespace = 'contract'): Promise<TestQueue> {
  const discarded: DiscardedTicket[] = []
  const queue = await openQueue({
    url,
    namespace,
    lock,
    retain: RETAIN,
    clock: systemClock(),
    onDiscarded: (ticket) => discarded.push(ticket),
    onError: () => {},
  })
  onTestFinished(() => queue.close())
  await until(() => queue.check().catch(() => undefined))
  return Object.assign(queue, { discarded })
}

/** Repeats a question until it has an answer. */
export async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(20)
  }
}

export async function takeOne(queue: RunQueue, service: string): Promise<TakenTicket> {
  return until(() => queue.take(service, patient()))
}

/** Takes while the queue looks for lapsed locks, as instances do: until there is a ticket, or `isOver`. */
async function takeRecovered(queue: RunQueue, service: string, isOver = () => false): Promise<TakenTicket | undefined> {
  const stopped = new AbortController()
  let taken: TakenTicket | undefined
  const taking = (async () => {
    while (!taken && !stopped.signal.aborted) taken = await queue.take(service, stopped.signal)
  })()
  while (!taken && !isOver()) {
    await queue.recover(service)
    await sleep(50)
  }
  stopped.abort()
  await taking
  return taken
}

export function queueContract({ url }: Store): void {
  const open = (lock?: Micros) => openForTest(url(), lock)
  const service = () => `s${randomUUID().slice(0, 8)}`
  const offered = async (queue: RunQueue, ...tickets: Ticket[]) => {
    for (const ticket of tickets) expect(await queue.offer(ticket)).toEqual({ kind: 'kept' })
    return tickets
  }
  const isEmpty = async (queue: RunQueue, name: string) => {
    const { waiting, active, delayed } = await queue.depth(name)
    return waiting + active + delayed === 0
  }

  describe('an offer', () => {
    it('a ticket that is offered twice is handed out once (R1)', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      const ticket = makeTicket(name)
      await offered(queue, ticket)
      await offered(other, ticket)
      const taken = await takeOne(queue, name)
      expect(taken).toMatchObject({ ticket, id: ticket.id, attempt: 1, delivery: 1, redelivered: false })
      await offered(other, ticket)
      expect(await queue.depth(name)).toEqual({ waiting: 0, active: 1, delayed: 0, oldestDueAt: undefined })
    })

    it.each(['allow', 'skip', 'wait'] as const)(
      'a settled ticket with overlap %s that is offered again is kept, not handed out, and does not block its lane (R1, R4)',
      async (overlap) => {
        const [queue, name] = [await open(), service()]
        const ticket = makeTicket(name, { overlap })
        await offered(queue, ticket)
        expect(await queue.settle(await takeOne(queue, name), { kind: 'completed' })).toBe('accepted')
        await offered(queue, ticket)
        expect(await isEmpty(queue, name)).toBe(true)
        await offered(queue, makeTicket(name, { overlap }))
      },
    )

    it('a ticket with overlap skip is not kept while one of its lane waits or runs (R4)', async () => {
      const [queue, name] = [await open(), service()]
      const make = () => makeTicket(name, { overlap: 'skip' })
      const [first] = await offered(queue, make())
      const busy = { kind: 'running', holder: first!.id }
      expect(await queue.offer(make())).toEqual(busy)
      const taken = await takeOne(queue, name)
      expect(await queue.offer(make())).toEqual(busy)
      await queue.settle(taken, { kind: 'returned' })
      expect(await queue.offer(make())).toEqual(busy)
      await queue.settle(await takeOne(queue, name), { kind: 'expired' })
      await offered(queue, make())
      await offered(queue, makeTicket(name, { overlap: 'skip', method: 'other' }))
    })

    it('the newest ticket with overlap wait that is offered while one runs follows it (R4)', async () => {
      const [queue, name] = [await open(), service()]
      const make = () => makeTicket(name, { overlap: 'wait' })
      const [first] = await offered(queue, make())
      expect(await queue.offer(make())).toEqual({ kind: 'running', holder: first!.id })
      const taken = await takeOne(queue, name)
      const [second, third] = [make(), make()]
      const next = { kind: 'next', holder: first!.id }
      expect(await queue.offer(second)).toEqual(next)
      expect(await queue.offer(third)).toEqual(next)
      expect(await queue.offer(third)).toEqual(next)
      expect(await queue.depth(name)).toMatchObject({ waiting: 0, active: 1 })
      await queue.settle(taken, { kind: 'completed' })
      await offered(queue, third)
      expect((await takeOne(queue, name)).id).toBe(third.id)
      expect(await queue.missing(name, [first!.id, second.id, third.id])).toEqual([second.id])
    })

    it('a ticket that runs and is offered again does not become the one that follows itself (R1, R4)', async () => {
      const [queue, name] = [await open(), service()]
      const [ticket] = await offered(queue, makeTicket(name, { overlap: 'wait' }))
      const taken = await takeOne(queue, name)
      await offered(queue, ticket!)
      await queue.settle(taken, { kind: 'completed' })
      expect(await isEmpty(queue, name)).toBe(true)
      await offered(queue, makeTicket(name, { overlap: 'wait' }))
    })
  })

  describe('taking', () => {
    it('several takers get each ticket once, the oldest first (R2)', async () => {
      const [queues, name] = [[await open(), await open(), await open()], service()]
      const tickets = await offered(queues[0]!, ...Array.from({ length: 30 }, () => makeTicket(name)))
      expect(await queues[1]!.depth(name)).toMatchObject({ waiting: 30, oldestDueAt: tickets[0]!.dueAt })
      const taken = await Promise.all(
        queues.map(async (queue) => {
          const own: TakenTicket[] = []
          while (own.length < 10) own.push(await takeOne(queue, name))
          return own
        }),
      )
      const ids = taken.flat().map(({ id }) => id)
      expect(ids.sort()).toEqual(tickets.map(({ id }) => id).sort())
      for (const own of taken) expect(own.map(({ id }) => id)).toEqual(own.map(({ id }) => id).sort())
    })

    it('a take that waits gets a ticket that is offered meanwhile', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      const taking = takeOne(queue, name)
      const [ticket] = await offered(other, makeTicket(name))
      expect((await taking).id).toBe(ticket!.id)
    })

    it('a take that is aborted resolves to undefined, and no ticket stays with it', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      const stopped = new AbortController()
      const taking = queue.take(name, stopped.signal)
      stopped.abort()
      expect(await taking).toBeUndefined()
      const [ticket] = await offered(other, makeTicket(name))
      expect((await takeOne(other, name)).id).toBe(ticket!.id)
    })

    it('the lock is held until a moment after the request was sent', async () => {
      const [queue, name, clock] = [await open(), service(), systemClock()]
      await offered(queue, makeTicket(name))
      const before = clock.now()
      const { heldUntil } = await takeOne(queue, name)
      expect(heldUntil).toBeGreaterThan(before + LONG_LOCK * 0.9)
      expect(heldUntil).toBeLessThanOrEqual(clock.now() + LONG_LOCK)
    })
  })

  describe('a settlement', () => {
    it('a failed ticket is handed out again after its backoff, as often as it has attempts', async () => {
      const [queue, name] = [await open(), service()]
      const backoff = { initial: 50_000, factor: 2, max: 1_000_000, jitter: 0 }
      await offered(queue, makeTicket(name, { attempts: 3, backoff, overlap: 'skip' }))
      const failed = { kind: 'failed', message: 'no', retry: true } as const
      for (const attempt of [1, 2, 3]) {
        const taken = await takeOne(queue, name)
        expect(taken).toMatchObject({ attempt, delivery: attempt, redelivered: false })
        expect(await queue.settle(taken, failed)).toBe('accepted')
        if (attempt < 3) expect(await queue.depth(name)).toMatchObject({ delayed: 1, active: 0 })
      }
      expect(await isEmpty(queue, name)).toBe(true)
      await offered(queue, makeTicket(name, { overlap: 'skip' }))
    })

    it('a ticket that failed without a retry is not handed out again', async () => {
      const [queue, name] = [await open(), service()]
      await offered(queue, makeTicket(name, { attempts: 3 }))
      await queue.settle(await takeOne(queue, name), { kind: 'failed', message: 'no', retry: false })
      expect(await isEmpty(queue, name)).toBe(true)
    })

    it('a returned ticket is handed out again, and uses no attempt', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      await offered(queue, makeTicket(name))
      expect(await queue.settle(await takeOne(queue, name), { kind: 'returned' })).toBe('accepted')
      expect(await takeOne(other, name)).toMatchObject({ attempt: 1, delivery: 2, redelivered: false })
    })

    it('a settlement that is repeated is accepted again, by the same holder only (R3)', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      await offered(queue, makeTicket(name, { attempts: 2 }), makeTicket(name))
      const failed = { kind: 'failed', message: 'no', retry: true } as const
      for (const settlement of [failed, { kind: 'completed' } as const]) {
        const taken = await takeOne(queue, name)
        expect(await queue.settle(taken, settlement)).toBe('accepted')
        expect(await queue.settle(taken, settlement)).toBe('accepted')
        expect(await other.settle(taken, settlement)).toBe('accepted')
        expect(await other.settle({ ...taken, token: 'another' }, settlement)).toBe('refused')
      }
    })

    it.each(['completed', 'failed', 'expired', 'returned'] as const)(
      'the %s of a ticket that another holds is refused (R3)',
      async (kind) => {
        const [queue, name] = [await open(), service()]
        await offered(queue, makeTicket(name))
        const taken = await takeOne(queue, name)
        const settlement = kind === 'failed' ? { kind, message: 'no', retry: false } : { kind }
        expect(await queue.settle({ ...taken, token: 'another' }, settlement)).toBe('refused')
        expect(await queue.settle(taken, settlement)).toBe('accepted')
      },
    )

    it('a holder can be another object that was told the lock, as after a restart of the queue thread', async () => {
      const [queue, other, name] = [await open(), await open(), service()]
      await offered(queue, makeTicket(name, { attempts: 2 }))
      const { id, token } = await takeOne(queue, name)
      const lock = { service: name, id, token }
      expect((await other.renew(name, [lock])).lost).toEqual(new Set())
      expect(await other.settle(lock, { kind: 'failed', message: 'no', retry: true })).toBe('accepted')
      expect(await takeOne(other, name)).toMatchObject({ attempt: 2 })
    })
  })

  describe('a settlement that takes the next ticket', () => {
    const failed = { kind: 'failed', message: 'no', retry: false } as const

    it.each([{ kind: 'completed' }, failed, { kind: 'expired' }] as const)(
      'a ticket that is settled as %o brings the next one along, and this the one after it',
      async (settlement) => {
        const [queue, other, name] = [await open(), await open(), service()]
        const tickets = await offered(queue, ...[1, 2, 3].map(() => makeTicket(name, { attempts: 2 })))
        const taken = [await takeOne(queue, name)]
        for (const at of [0, 1]) {
          const { settled, next } = await queue.settleAndTake(taken[at]!, settlement)
          expect(settled).toBe('accepted')
          expect(next).toMatchObject({ service: name, attempt: 1, delivery: 1, redelivered: false })
          taken.push(next!)
        }
        expect(taken.map(({ ticket }) => ticket)).toEqual(tickets)
        expect(new Set(taken.map(({ token }) => token)).size).toBe(3)
        const last = taken[2]!
        expect(last.heldUntil).toBeGreaterThan(taken[0]!.heldUntil)
        expect((await other.renew(name, [last])).lost).toEqual(new Set())
        expect(await other.settle(taken[1]!, settlement)).toBe('accepted')
        expect(await queue.settleAndTake(last, settlement)).toEqual({ settled: 'accepted', next: undefined })
        expect(await isEmpty(queue, name)).toBe(true)
      },
    )

    it('a ticket that can be handed out again brings none along', async () => {
      const [queue, name] = [await open(), service()]
      const backoff = { initial: 60_000_000, factor: 1, max: 60_000_000, jitter: 0 }
      await offered(queue, ...[1, 2, 3].map(() => makeTicket(name, { attempts: 2, backoff })))
      for (const settlement of [{ kind: 'returned' }, { ...failed, retry: true }] as const) {
        const answer = await queue.settleAndTake(await takeOne(queue, name), settlement)
        expect(answer).toEqual({ settled: 'accepted', next: undefined })
      }
      expect(await queue.depth(name)).toMatchObject({ waiting: 2, active: 0, delayed: 1 })
    })

    it('a settlement that is refused, or repeated, brings none along', async () => {
      const [queue, name] = [await open(), service()]
      await offered(queue, makeTicket(name), makeTicket(name))
      const taken = await takeOne(queue, name)
      const completed = { kind: 'completed' } as const
      const stranger = await queue.settleAndTake({ ...taken, token: 'another' }, completed)
      expect(stranger).toEqual({ settled: 'refused', next: undefined })
      await queue.settle(taken, completed)
      expect(await queue.settleAndTake(taken, completed)).toEqual({ settled: 'accepted', next: undefined })
      expect(await queue.depth(name)).toMatchObject({ waiting: 1, active: 0 })
    })

    it('a ticket of which the answer was lost is handed out again when its lock has lapsed', async () => {
      const [queue, other, name] = [await open(SHORT_LOCK), await open(SHORT_LOCK), service()]
      const [, second] = await offered(queue, makeTicket(name), makeTicket(name))
      const first = await takeOne(queue, name)
      await queue.settleAndTake(first, { kind: 'completed' })
      expect(await queue.settleAndTake(first, { kind: 'completed' })).toEqual({ settled: 'accepted', next: undefined })
      const taken = await takeRecovered(other, name)
      expect(taken).toMatchObject({ id: second!.id, attempt: 1, delivery: 2, redelivered: true })
      expect(await other.settle(taken!, { kind: 'completed' })).toBe('accepted')
    })

    it('a ticket that was brought along and returned is handed out again, and a late settlement by its first holder does not concern it', async () => {
      const [queue, name] = [await open(), service()]
      await offered(queue, makeTicket(name), makeTicket(name))
      const { next } = await queue.settleAndTake(await takeOne(queue, name), { kind: 'completed' })
      expect(await queue.settle(next!, { kind: 'returned' })).toBe('accepted')
      const again = await takeOne(queue, name)
      expect(again).toMatchObject({ id: next!.id, delivery: 2 })
      await queue.settle(next!, { kind: 'returned' })
      expect(await queue.settle(again, { kind: 'completed' })).toBe('accepted')
    })

    it('a ticket of which a holder was lost too often is given up when a settlement would bring it along (R5)', async () => {
      const [queue, other, name] = [await open(SHORT_LOCK), await open(LONG_LOCK), service()]
      const [atMostOnce] = await offered(queue, makeTicket(name, { atMostOnce: true }))
      await takeOne(queue, name)
      await offered(queue, makeTicket(name))
      const held = await takeOne(other, name)
      await until(async () => {
        await queue.recover(name)
        return (await queue.depth(name)).waiting === 1 || queue.discarded.length > 0 ? true : undefined
      })
      const { settled, next } = await other.settleAndTake(held, { kind: 'completed' })
      expect([settled, next]).toEqual(['accepted', undefined])
      expect([...queue.discarded, ...other.discarded]).toMatchObject([{ id: atMostOnce!.id, reason: 'abandoned' }])
      expect(await isEmpty(queue, name)).toBe(true)
    })
  })

  describe('a lost holder', () => {
    it('a ticket whose lock lapsed is handed out again, and the first holder is refused (R2, R3)', async () => {
      const [queue, other, name] = [await open(SHORT_LOCK), await open(SHORT_LOCK), service()]
      await offered(queue, makeTicket(name, { overlap: 'skip' }))
      const lost = await takeOne(queue, name)
      const taken = await takeRecovered(other, name)
      expect(taken).toMatchObject({ id: lost.id, attempt: 1, delivery: 2, redelivered: true })
      expect((await queue.renew(name, [lost])).lost).toEqual(new Set([lost.token]))
      for (const kind of ['completed', 'returned'] as const) expect(await queue.settle(lost, { kind })).toBe('refused')
      expect(await other.settle(taken!, { kind: 'completed' })).toBe('accepted')
      expect(await isEmpty(queue, name)).toBe(true)
    })

    it('twin: a ticket whose lock is renewed stays with its holder (R2)', async () => {
      const [queue, other, name] = [await open(SHORT_LOCK), await open(SHORT_LOCK), service()]
      await offered(queue, makeTicket(name))
      const taken = await takeOne(queue, name)
      let renewals = 0
      const taking = takeRecovered(other, name, () => renewals === 30)
      while (renewals++ < 29) {
        const { lost, heldUntil } = await queue.renew(name, [taken])
        expect(lost).toEqual(new Set())
        expect(heldUntil).toBeGreaterThan(0)
        await sleep(SHORT_LOCK / 1_000 / 10)
      }
      expect(await taking).toBeUndefined()
      expect(await queue.settle(taken, { kind: 'completed' })).toBe('accepted')
    })

    it('a ticket that is to run at most once is given up instead, and that is reported (R5)', async () => {
      const [queue, other, name] = [await open(SHORT_LOCK), await open(SHORT_LOCK), service()]
      const [ticket] = await offered(queue, makeTicket(name, { atMostOnce: true, overlap: 'skip' }))
      await takeOne(queue, name)
      expect(await takeRecovered(other, name, () => other.discarded.length > 0)).toBeUndefined()
      const { entrypoint, id } = ticket!
      expect(other.discarded).toEqual([expect.objectContaining({ service: name, id, entrypoint, reason: 'abandoned' })])
      expect(await isEmpty(queue, name)).toBe(true)
      await offered(queue, makeTicket(name, { overlap: 'skip' }))
    })

    it('a ticket that is to run at most once is handed out again after a return and a retry', async () => {
      const [queue, name] = [await open(), service()]
      await offered(queue, makeTicket(name, { atMostOnce: true, attempts: 2 }))
      await queue.settle(await takeOne(queue, name), { kind: 'returned' })
      await queue.settle(await takeOne(queue, name), { kind: 'failed', message: 'no', retry: true })
      expect(await takeOne(queue, name)).toMatchObject({ attempt: 2, delivery: 3 })
    })

    it('a ticket is given up after its fourth holder was lost, and that is reported (R5)', async () => {
      const [queue, name] = [await open(SHORT_LOCK / 3), service()]
      await offered(queue, makeTicket(name))
      for (const delivery of [1, 2, 3, 4]) {
        expect(await takeRecovered(queue, name)).toMatchObject({ delivery, redelivered: delivery > 1 })
      }
      expect(await takeRecovered(queue, name, () => queue.discarded.length > 0)).toBeUndefined()
      expect(queue.discarded).toMatchObject([
        { reason: 'abandoned', message: expect.stringContaining('4 of its holders') },
      ])
    })
  })

  it('missing tickets are those that the store does not know', async () => {
    const [queue, name] = [await open(), service()]
    const [waiting, active, settled, unknown] = Array.from({ length: 4 }, () => makeTicket(name))
    await offered(queue, settled!)
    await queue.settle(await takeOne(queue, name), { kind: 'completed' })
    await offered(queue, active!)
    await takeOne(queue, name)
    await offered(queue, waiting!)
    const ids = [waiting!, active!, settled!, unknown!].map(({ id }) => id)
    expect(await queue.missing(name, ids)).toEqual([unknown!.id])
    expect(await queue.missing(service(), ids)).toEqual(ids)
  })

  it('two namespaces do not see the tickets of each other', async () => {
    const [queue, other, name] = [await open(), await openForTest(url(), LONG_LOCK, 'elsewhere'), service()]
    const [ticket] = await offered(queue, makeTicket(name))
    expect(await other.missing(name, [ticket!.id])).toEqual([ticket!.id])
  })
}
