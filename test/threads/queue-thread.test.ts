/** The real queue thread. The numbers C1 to C5 are those of src/queue/queue-client.ts, R1 to R5 those of src/queue/run-queue.ts. */
import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/kernel/clock.js'
import type { HeldTicket, Settled, Ticket } from '../../src/kernel/ticket.js'
import type { SpawnQueue } from '../../src/queue/client/spawn-queue.js'
import type { QueueClientOptions } from '../../src/queue/queue-client.js'
import { until } from '../queue/contract.js'
import { makeTicket } from '../queue/make-ticket.js'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import type { TestServer } from '../support/servers/server-process.js'

const { QueueClient } = (await import(
  '../../dist/src/queue/queue-client.js' as string
)) as typeof import('../../src/queue/queue-client.js')

const clock = systemClock()
const MINUTE = 60_000_000

interface Opened {
  readonly client: InstanceType<typeof QueueClient>
  readonly taken: HeldTicket[]
  readonly errors: Error[]
  readonly workers: Worker[]
  offer(ticket: Ticket): Promise<{ kind: string }>
  settle(held: HeldTicket, settlement: Parameters<InstanceType<typeof QueueClient>['settle']>[1]): Promise<Settled>
  /** Resolves with the tickets that were taken as soon as there are so many. */
  takenAre(count: number): Promise<readonly HeldTicket[]>
}

async function open(service: string, url: string, options: Partial<QueueClientOptions> = {}): Promise<Opened> {
  const [taken, errors, workers, events]: [HeldTicket[], Error[], Worker[], EventEmitter] = [
    [],
    [],
    [],
    new EventEmitter(),
  ]
  const onStart = (message: unknown) => workers.push((message as { worker: Worker }).worker)
  channel('escapement:queue-thread').subscribe(onStart)
  const client = new QueueClient({
    ...{ url, place: url, namespace: 'threads', lock: 3_000_000, retain: 10 * MINUTE, services: [service], clock },
    ...options,
    onTaken: (held) => {
      taken.push(held)
      events.emit('taken')
      options.onTaken?.(held)
    },
    onError: (error) => errors.push(error),
  })
  onTestFinished(async () => {
    await client.close(clock.now() + 2_000_000)
    channel('escapement:queue-thread').unsubscribe(onStart)
  })
  await client.open()
  return {
    ...{ client, taken, errors, workers },
    offer: (ticket) => new Promise((resolve) => client.offer(ticket, clock.now() + MINUTE, resolve)),
    settle: (held, settlement) => new Promise((resolve) => client.settle(held, settlement, resolve)),
    async takenAre(count) {
      while (taken.length < count) await once(events, 'taken')
      return taken
    },
  }
}

const newService = () => `s${randomUUID().slice(0, 8)}`

describe('the queue thread over a queue in memory', () => {
  it('offers, takes and settles, and says how deep the queue is', async () => {
    const service = newService()
    const queue = await open(service, 'memory:')
    const ticket = makeTicket(service, { attempts: 2, overlap: 'skip' })
    expect(await queue.offer(ticket)).toEqual({ kind: 'kept' })
    expect(await queue.offer(makeTicket(service, { overlap: 'skip' }))).toEqual({ kind: 'running', holder: ticket.id })
    await until(async () => (queue.client.depths().get(service)?.waiting === 1 ? true : undefined))
    queue.client.setRoom(service, 1)
    const [first] = await queue.takenAre(1)
    expect(first).toEqual({ key: 1, ticket, attempt: 1, delivery: 1, redelivered: false })
    expect(queue.client.validUntil(first!)).toBeGreaterThan(clock.now())
    expect(await queue.settle(first!, { kind: 'failed', message: 'no', retry: true })).toBe('accepted')
    expect(queue.client.validUntil(first!)).toBe(0)
    queue.client.setRoom(service, 1)
    const [, second] = await queue.takenAre(2)
    expect(second).toMatchObject({ key: 2, attempt: 2 })
    expect(await queue.settle(second!, { kind: 'completed' })).toBe('accepted')
    expect(await queue.client.missing(service, [ticket.id, 'x.y@1us'])).toEqual(['x.y@1us'])
    expect(queue.client.trouble).toEqual([])
  })

  it('never takes more tickets than there was room for', async () => {
    const service = newService()
    const queue = await open(service, 'memory:')
    for (let count = 0; count < 5; count++) await queue.offer(makeTicket(service))
    queue.client.setRoom(service, 2)
    await queue.takenAre(2)
    // Counted before the answers: the thread knows what it has handed over since.
    queue.client.setRoom(service, 1)
    await queue.takenAre(3)
    queue.client.setRoom(service, 0)
    await queue.offer(makeTicket(service))
    expect(await queue.client.missing(service, [])).toEqual([])
    expect(queue.taken).toHaveLength(3)
  })

  it('rejects open() when the URL cannot be used', async () => {
    await expect(open(newService(), 'amqp://host')).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'ERR_QUEUE_URL',
    })
    await expect(open(newService(), 'redis://a@b@c')).rejects.toMatchObject({ code: 'ERR_QUEUE_URL' })
  })

  it('answers offers and settlements with unknown when it is closed before there was an answer (C2)', async () => {
    const service = newService()
    const queue = await open(service, 'redis://127.0.0.1:1')
    expect(queue.client.trouble).toEqual([expect.stringContaining('127.0.0.1:1')])
    const offering = queue.offer(makeTicket(service))
    await queue.client.close(clock.now())
    expect(await offering).toEqual({ kind: 'unknown' })
  })
})

const program = await findServer('redis-server')

describe.skipIf(!program)('the queue thread over Redis', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())

  it('settles every ticket once though it is ended again and again under load (C3, C4)', async () => {
    const service = newService()
    const settled = new Map<string, Settled[]>()
    let room = 4
    const queue = await open(service, server.url, {
      onTaken: (held) => {
        queueOf().client.setRoom(service, --room)
        void queueOf()
          .settle(held, { kind: 'completed' })
          .then((answer) => {
            settled.set(held.ticket.id, [...(settled.get(held.ticket.id) ?? []), answer])
            queueOf().client.setRoom(service, ++room)
          })
      },
    })
    function queueOf() {
      return queue
    }
    queue.client.setRoom(service, room)
    const tickets = Array.from({ length: 300 }, () => makeTicket(service))
    const offers = tickets.map((ticket) => queue.offer(ticket))
    for (const share of [30, 120, 210]) {
      await until(async () => (settled.size >= share ? true : undefined))
      await queue.workers.at(-1)!.terminate()
    }
    expect(new Set((await Promise.all(offers)).map(({ kind }) => kind))).toEqual(new Set(['kept']))
    await until(async () => (settled.size === tickets.length ? true : undefined))
    const answers = [...settled.values()]
    expect(answers.flat().filter((answer) => answer === 'accepted')).toHaveLength(tickets.length)
    expect(queue.workers).toHaveLength(4)
    const codes = queue.errors.map((error) => (error as { code?: string }).code)
    // On a busy machine a request may take long, which is reported too.
    expect(codes.filter((code) => code === 'ERR_QUEUE_THREAD')).toHaveLength(3)
    const depth = await until(async () => {
      const known = queue.client.depths().get(service)
      return known && known.waiting + known.active === 0 ? known : undefined
    })
    expect(depth).toEqual({ waiting: 0, active: 0, delayed: 0, oldestDueAt: undefined })
  })

  it('a new queue thread goes on renewing what the ended one held (C3, C5)', async () => {
    const service = newService()
    // The new thread has to be there before the lock is over, also on a busy machine.
    const lock = 10_000_000
    const [queue, other] = [await open(service, server.url, { lock }), await open(service, server.url, { lock })]
    await queue.offer(makeTicket(service))
    queue.client.setRoom(service, 1)
    const [held] = await queue.takenAre(1)
    const first = queue.client.validUntil(held!)
    other.client.setRoom(service, 1)
    await queue.workers[0]!.terminate()
    expect(queue.client.validUntil(held!)).toBeGreaterThan(clock.now())
    // Longer than one lock: without a renewal the other instance would have the ticket by then.
    await until(async () => (queue.client.validUntil(held!) > first + lock + 1_000_000 ? true : undefined))
    expect(other.taken).toEqual([])
    expect(await queue.settle(held!, { kind: 'completed' })).toBe('accepted')
  })

  it('a ticket whose lock lapsed while the thread could not renew it passes to another instance, and its settlement is refused', async () => {
    const service = newService()
    let freezing: Worker | undefined
    const spawn: SpawnQueue = (setup, onMessage) => {
      const worker = new Worker(new URL('../fixtures/freezing-queue.mjs', import.meta.url), { workerData: setup })
      freezing = worker
      worker.on('message', (messages: Parameters<typeof onMessage>[0][]) => messages.forEach(onMessage))
      return {
        exited: new Promise((resolve) => worker.once('exit', () => resolve(undefined))),
        post: (message) => worker.postMessage([message]),
        terminate: () => void worker.terminate(),
      }
    }
    const [queue, other] = [await open(service, server.url, { spawn }), await open(service, server.url)]
    await queue.offer(makeTicket(service))
    queue.client.setRoom(service, 1)
    const [held] = await queue.takenAre(1)
    const word = new SharedArrayBuffer(4)
    freezing!.postMessage([{ kind: 'freeze', word }])
    other.client.setRoom(service, 1)
    const [redelivered] = await other.takenAre(1)
    expect(redelivered).toMatchObject({ ticket: held!.ticket, attempt: 1, delivery: 2, redelivered: true })
    expect(queue.client.validUntil(held!)).toBeLessThan(clock.now())
    const settling = queue.settle(held!, { kind: 'completed' })
    Atomics.store(new Int32Array(word), 0, 1)
    Atomics.notify(new Int32Array(word), 0)
    expect(await settling).toBe('refused')
    expect(await other.settle(redelivered!, { kind: 'completed' })).toBe('accepted')
  })
})
