/** The client over a fake queue thread. The numbers C2 to C7 are those of src/queue/queue-client.ts. */
import { expect, it } from 'vitest'
import type { HeldTicket } from '../../src/kernel/ticket.js'
import type { SpawnQueue } from '../../src/queue/client/spawn-queue.js'
import { QueueClient } from '../../src/queue/queue-client.js'
import type { DiscardedTicket, TakenTicket } from '../../src/queue/run-queue.js'
import type { FromQueue, QueueSetup, ToQueue } from '../../src/queue/thread/protocol.js'
import { Validity } from '../../src/queue/validity.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { makeTicket } from './make-ticket.js'

interface FakeThread {
  readonly setup: QueueSetup
  readonly posted: ToQueue[]
  readonly say: (message: FromQueue) => void
  readonly exit: (error?: Error) => Promise<void>
}

function openClient() {
  const clock = new VirtualClock()
  const [threads, taken, errors]: [FakeThread[], HeldTicket[], Error[]] = [[], [], []]
  const discarded: DiscardedTicket[] = []
  const spawn: SpawnQueue = (setup, say) => {
    const posted: ToQueue[] = []
    let end: (error?: Error) => void = () => {}
    const exited = new Promise<Error | undefined>((resolve) => {
      end = resolve
    })
    threads.push({
      ...{ setup, posted, say },
      exit: async (error) => {
        end(error)
        await exited
      },
    })
    return { exited, post: (message) => posted.push(message), terminate: () => end() }
  }
  const client = new QueueClient({
    ...{ url: 'memory:', place: 'memory:', namespace: 'n', lock: 3_000_000, retain: 1, services: ['s'], clock, spawn },
    onTaken: (held) => taken.push(held),
    onError: (error) => errors.push(error),
    onDiscarded: (ticket) => discarded.push(ticket),
  })
  const opened = client.open()
  return { client, clock, threads, taken, errors, discarded, opened }
}

const takenTicket = (token: string): TakenTicket => {
  const ticket = makeTicket('s')
  return { service: 's', id: ticket.id, token, ticket, attempt: 1, delivery: 1, redelivered: false, heldUntil: 5 }
}

it('an offer without an answer is unknown at its end, once (C2)', async () => {
  const { client, clock, threads } = openClient()
  const answers: unknown[] = []
  client.offer(makeTicket('s'), clock.now() + 1_000_000, (answer) => answers.push(answer))
  const call = threads[0]!.posted.find(({ kind }) => kind === 'offer') as Extract<ToQueue, { kind: 'offer' }>
  await clock.advance(2_000_000)
  threads[0]!.say({ kind: 'offered', call: call.call, answer: { kind: 'kept' } })
  expect(answers).toEqual([{ kind: 'unknown' }])
})

it('a new queue thread is told first what is held, then what has no answer, then the rooms (C3, C4)', async () => {
  const { client, clock, threads, taken, errors } = openClient()
  const lock = takenTicket('t1')
  threads[0]!.say({ kind: 'taken', slot: 7, taken: lock })
  client.setRoom('s', 2)
  expect(threads[0]!.posted.at(-1)).toEqual({ kind: 'room', service: 's', room: 2, seen: 1 })
  const offered = makeTicket('s')
  client.offer(offered, clock.now() + 60_000_000, () => {})
  client.settle(taken[0]!, { kind: 'completed' }, () => {})
  await threads[0]!.exit()
  expect(client.trouble).toHaveLength(1)
  await clock.advance(1_000_000)
  expect(threads).toHaveLength(2)
  const held = { slot: 7, lock: { service: 's', id: lock.id, token: 't1' } }
  expect(threads[1]!.posted).toMatchObject([
    { kind: 'hold', held: [held] },
    { kind: 'offer', ticket: offered },
    { kind: 'settle', held, settlement: { kind: 'completed' } },
    { kind: 'room', room: 2, seen: 0 },
  ])
  expect(errors).toMatchObject([{ code: 'ERR_QUEUE_THREAD' }])
  expect(client.trouble).toEqual([])
})

it('the queue thread is not told of room that it has already worked out', () => {
  const { client, threads } = openClient()
  const rooms = () => threads[0]!.posted.filter(({ kind }) => kind === 'room')
  client.setRoom('s', 2)
  threads[0]!.say({ kind: 'taken', slot: 7, taken: takenTicket('t1') })
  client.setRoom('s', 1)
  client.setRoom('s', 1)
  expect(rooms()).toEqual([{ kind: 'room', service: 's', room: 2, seen: 0 }])
  client.setRoom('s', 0)
  client.setRoom('s', 2)
  expect(rooms().slice(1)).toMatchObject([
    { room: 0, seen: 1 },
    { room: 2, seen: 1 },
  ])
})

it('a new queue thread is told the room also when it is the one that the ended thread knew (C3)', async () => {
  const { client, clock, threads } = openClient()
  client.setRoom('s', 2)
  await threads[0]!.exit()
  await clock.advance(1_000_000)
  expect(threads[1]!.posted).toEqual([
    { kind: 'hold', held: [] },
    { kind: 'room', service: 's', room: 2, seen: 0 },
  ])
})

it('until when a ticket is held is what the queue thread last wrote, also after it has ended (C5)', async () => {
  const { client, threads, taken } = openClient()
  threads[0]!.say({ kind: 'taken', slot: 3, taken: takenTicket('t1') })
  new Validity(threads[0]!.setup.validity).write(3, 123_456)
  await threads[0]!.exit()
  expect(client.validUntil(taken[0]!)).toBe(123_456)
})

it('a settlement is unknown when the lock has been over for its length without an answer, and later while it is renewed (C2)', async () => {
  const { client, clock, threads, taken } = openClient()
  const validity = new Validity(threads[0]!.setup.validity)
  threads[0]!.say({ kind: 'taken', slot: 3, taken: takenTicket('t1') })
  const answers: unknown[] = []
  client.settle(taken[0]!, { kind: 'completed' }, (settled) => answers.push(settled))
  validity.write(3, clock.now() + 10_000_000)
  await clock.advance(12_000_000)
  expect(answers).toEqual([])
  await clock.advance(2_000_000)
  expect(answers).toEqual(['unknown'])
  expect(client.validUntil(taken[0]!)).toBe(0)
})

it('open() rejects with what the thread refuses, and no thread follows', async () => {
  const { client, clock, threads, opened } = openClient()
  threads[0]!.say({ kind: 'refused', code: 'ERR_QUEUE_PEER', message: 'missing' })
  await expect(opened).rejects.toMatchObject({ name: 'ConfigError', code: 'ERR_QUEUE_PEER' })
  await clock.advance(60_000_000)
  expect(threads).toHaveLength(1)
  await client.close(clock.now())
})

it.each(['running', 'ended'])(
  'close() ends an open() that the queue has not answered, while the thread is %s (C6)',
  async (thread) => {
    const { client, clock, threads, opened } = openClient()
    if (thread === 'ended') await threads[0]!.exit()
    const closed = client.close(clock.now())
    await clock.advance(1_000_000)
    await closed
    await expect(opened).resolves.toBeUndefined()
  },
)

it('open() rejects when five queue threads have ended before the queue was open, and no thread follows (C7)', async () => {
  const { client, clock, threads, errors, opened } = openClient()
  const rejected = expect(opened).rejects.toMatchObject({
    ...{ name: 'StartError', code: 'ERR_QUEUE_THREAD' },
    message: 'the queue thread ended 5 times before the queue was open: TypeError: no such export',
    cause: { name: 'TypeError' },
  })
  for (let started = 1; started <= 5; started++) {
    expect(threads).toHaveLength(started)
    await threads.at(-1)!.exit(new TypeError('no such export'))
    await clock.advance(1_000_000)
  }
  await rejected
  await clock.advance(60_000_000)
  expect(threads).toHaveLength(5)
  expect(errors.map((error) => (error as { code?: string }).code)).toEqual(Array(4).fill('ERR_QUEUE_THREAD'))
  await client.close(clock.now())
})

it('queue threads that end after the queue was open are replaced without a limit (C7)', async () => {
  const { client, clock, threads, opened } = openClient()
  threads[0]!.say({ kind: 'opened' })
  await opened
  for (let started = 1; started <= 12; started++) {
    expect(threads).toHaveLength(started)
    await threads.at(-1)!.exit()
    await clock.advance(6_000_000)
  }
  const closed = client.close(clock.now())
  await clock.advance(1_000_000)
  await closed
})

it('a problem of the store is reported once, when it appears, and while a thread connects only if it stays', () => {
  const { client, threads, errors } = openClient()
  const [thread] = threads
  thread!.say({ kind: 'trouble', trouble: ['connecting'] })
  thread!.say({ kind: 'trouble', trouble: ['down'] })
  expect(client.trouble).toEqual(['down'])
  expect(errors).toEqual([])
  thread!.say({ kind: 'opened' })
  thread!.say({ kind: 'trouble', trouble: ['down', 'unfit'] })
  thread!.say({ kind: 'trouble', trouble: ['unfit'] })
  expect(errors.map(({ message }) => message)).toEqual(['down', 'unfit'])
  expect(errors).toMatchObject([{ code: 'ERR_QUEUE_STORE' }, { code: 'ERR_QUEUE_STORE' }])
  thread!.say({ kind: 'trouble', trouble: [] })
  thread!.say({ kind: 'trouble', trouble: ['down'] })
  expect(errors).toHaveLength(3)
})

it('what an ended queue thread told of the store no longer counts', async () => {
  const { client, clock, threads } = openClient()
  threads[0]!.say({ kind: 'trouble', trouble: ['down'] })
  await threads[0]!.exit()
  await clock.advance(1_000_000)
  expect(threads).toHaveLength(2)
  expect(client.trouble).toEqual([])
})

it('a ticket that was given up is passed on, and is no error of the queue', () => {
  const { threads, errors, discarded } = openClient()
  const ticket = { service: 's', id: 'x', entrypoint: undefined, reason: 'unreadable', message: 'no JSON' } as const
  threads[0]!.say({ kind: 'discarded', discarded: ticket })
  expect(discarded).toEqual([ticket])
  expect(errors).toEqual([])
})
