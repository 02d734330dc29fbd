import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import type { TestServer } from '../support/servers/server-process.js'
import { openForTest, queueContract, takeOne, until } from './contract.js'
import { faultContract } from './fault-contract.js'
import { makeTicket } from './make-ticket.js'

const program = await findServer('redis-server')

describe.skipIf(!program)('the queue on Redis', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis(program!)
  })
  afterAll(() => server?.stop())

  queueContract({ url: () => server.url })
  faultContract({
    server: () => server,
    openRaw: (name) => new Queue(name, { connection: { host: '127.0.0.1', port: server.port } }),
  })

  it('a record whose JSON is broken is given up and reported', async () => {
    const queue = await openForTest(server.url)
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const [broken, ticket] = [makeTicket('broken'), makeTicket('broken')]
    await queue.offer(broken)
    await queue.offer(ticket)
    await admin.hset(`bull:escapement.contract.broken:${broken.id}`, 'data', '{')
    expect((await takeOne(queue, 'broken')).id).toBe(ticket.id)
    expect(queue.discarded).toMatchObject([{ id: broken.id, reason: 'unreadable' }])
  })

  it('close() does not wait for the end of a wait for tickets', async () => {
    const queue = await openForTest(server.url)
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    const stop = new AbortController()
    const taking = until(
      async () => (await queue.take('idle', stop.signal)) ?? (stop.signal.aborted ? 'stopped' : undefined),
    )
    await until(async () => ((await admin.client('LIST')) as string).includes('cmd=bzpopmin') || undefined)
    await queue.depth('idle')
    stop.abort()
    expect(await taking).toBe('stopped')
    // The wait for tickets ends by itself after 5 s.
    const over = admin.bzpopmin('nothing', 4).then(() => 'over')
    expect(await Promise.race([queue.close().then(() => 'closed'), over])).toBe('closed')
  })

  it('a wait for a delayed ticket ends with its delay, not with the second after it', async () => {
    const queue = await openForTest(server.url)
    const admin = new Redis(server.url)
    const monitor = await admin.monitor()
    onTestFinished(() => [admin, monitor].forEach((each) => void each.disconnect()))
    const spans: string[] = []
    monitor.on('monitor', (_time: string, [command, , seconds]: [string, string, string]) => {
      if (command === 'bzpopmin') spans.push(seconds)
    })
    const backoff = { initial: 300_000, factor: 1, max: 300_000, jitter: 0 }
    await queue.offer(makeTicket('delayed', { attempts: 2, backoff }))
    await queue.settle(await takeOne(queue, 'delayed'), { kind: 'failed', message: 'no', retry: true })
    expect(await takeOne(queue, 'delayed')).toMatchObject({ attempt: 2 })
    expect(spans.filter((span) => Number(span) < 1)).not.toEqual([])
    expect(spans.map(Number)).not.toContain(1)
  })

  it('a server that may delete tickets is reported', async () => {
    const queue = await openForTest(server.url)
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    expect(await queue.check()).toEqual([])
    await admin.config('SET', 'maxmemory', '100mb')
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await queue.check()).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')])
    await admin.config('SET', 'maxmemory', '0')
    expect(await queue.check()).toEqual([])
  })
})
