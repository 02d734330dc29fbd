/** What a real store of tickets keeps to when its server restarts and when somebody else writes into it. */
import { randomUUID } from 'node:crypto'
import type { Queue } from 'bullmq'
import { expect, it, onTestFinished } from 'vitest'
import type { RunQueue, TakenTicket } from '../../src/queue/run-queue.js'
import type { TestServer } from '../support/servers/server-process.js'
import { openForTest, patient, takeOne, until } from './contract.js'
import { makeTicket } from './make-ticket.js'

export interface FaultyStore {
  readonly server: () => TestServer
  /** Opens the queue of a service with BullMQ itself. */
  readonly openRaw: (name: string) => Queue
}

/** Asks again until there is an answer, as the queue thread does. */
function answered<Value>(ask: () => Promise<Value>): Promise<Value> {
  return until(() => Promise.race([ask(), rejectLater()]).catch(() => undefined))
}

function rejectLater(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 3_000).unref())
}

function takeAnswered(queue: RunQueue, service: string): Promise<TakenTicket> {
  return until(() => queue.take(service, patient()).catch(() => undefined))
}

export function faultContract({ server, openRaw }: FaultyStore): void {
  const newService = () => `s${randomUUID().slice(0, 8)}`

  it('tickets that wait, are held or are delayed survive a restart of the server, and the holder keeps its own', async () => {
    const [queue, name] = [await openForTest(server().url), newService()]
    const backoff = { initial: 500_000, factor: 1, max: 500_000, jitter: 0 }
    const [held, delayed, waiting] = [1, 2, 3].map(() => makeTicket(name, { attempts: 2, backoff }))
    for (const ticket of [held!, delayed!]) await queue.offer(ticket)
    const taken = await takeOne(queue, name)
    await queue.settle(await takeOne(queue, name), { kind: 'failed', message: 'no', retry: true })
    await queue.offer(waiting!)
    await server().restart()
    expect((await answered(() => queue.renew(name, [taken]))).lost).toEqual(new Set())
    expect(await answered(() => queue.settle(taken, { kind: 'completed' }))).toBe('accepted')
    const others = [await takeAnswered(queue, name), await takeAnswered(queue, name)]
    expect(others.map(({ id }) => id).sort()).toEqual([waiting!.id, delayed!.id].sort())
    for (const other of others) expect(await queue.settle(other, { kind: 'completed' })).toBe('accepted')
    expect(await answered(() => queue.offer(held!))).toEqual({ kind: 'kept' })
    expect(await queue.depth(name)).toMatchObject({ waiting: 0, active: 0, delayed: 0 })
  })

  it('a take that waits during a restart of the server gets a ticket that is offered afterwards', async () => {
    const [queue, other, name] = [await openForTest(server().url), await openForTest(server().url), newService()]
    const taking = takeAnswered(queue, name)
    await server().restart()
    const ticket = makeTicket(name)
    await answered(() => other.offer(ticket))
    expect((await taking).id).toBe(ticket.id)
  })

  it('a record that is no ticket is given up and reported, and the tickets after it are handed out', async () => {
    const [queue, name] = [await openForTest(server().url), newService()]
    const raw = openRaw(`escapement.contract.${name}`)
    onTestFinished(() => raw.close())
    await raw.add('x', { some: 'thing' }, { jobId: 'stranger' })
    await raw.add('x', makeTicket('other'), { jobId: 'other.work@1us' })
    const ticket = makeTicket(name)
    await queue.offer(ticket)
    expect((await takeOne(queue, name)).id).toBe(ticket.id)
    expect(queue.discarded).toMatchObject([
      {
        id: 'stranger',
        reason: 'unreadable',
        entrypoint: undefined,
        message: expect.stringContaining('field id is missing'),
      },
      { id: 'other.work@1us', reason: 'unreadable' },
    ])
    expect((await raw.getFailed()).map(({ id }) => id).sort()).toEqual(['other.work@1us', 'stranger'])
  })

  it('a record that is no ticket, and is brought along by a settlement, is given up, and the settlement is accepted', async () => {
    const [queue, name] = [await openForTest(server().url), newService()]
    const raw = openRaw(`escapement.contract.${name}`)
    onTestFinished(() => raw.close())
    await queue.offer(makeTicket(name))
    await raw.add('x', { some: 'thing' }, { jobId: 'stranger' })
    const taken = await takeOne(queue, name)
    expect(await queue.settleAndTake(taken, { kind: 'completed' })).toEqual({ settled: 'accepted', next: undefined })
    expect(queue.discarded).toMatchObject([{ id: 'stranger', reason: 'unreadable' }])
    expect(await queue.depth(name)).toMatchObject({ waiting: 0, active: 0 })
  })

  it('a lane whose last ticket ended without freeing it is free for the next', async () => {
    const [queue, name] = [await openForTest(server().url), newService()]
    const raw = openRaw(`escapement.contract.${name}`)
    onTestFinished(() => raw.close())
    const ticket = makeTicket(name, { overlap: 'wait' })
    await queue.offer(ticket)
    const taken = await takeOne(queue, name)
    // BullMQ by itself: on Postgres a job that is added again while it is active is noted as the one that follows itself.
    await raw.add('x', ticket, { jobId: ticket.id, deduplication: { id: ticket.lane, keepLastIfActive: true } })
    await queue.settle(taken, { kind: 'completed' })
    expect(await queue.offer(makeTicket(name, { overlap: 'wait' }))).toEqual({ kind: 'kept' })
  })
}
