/** Runs the code of docs/coordination.md, and compares its tables with the source. */
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'
import { splitConfig } from '../../src/config/settings.js'
import { CLAIM_RESULTS, LEASE_EVENTS, LOSS_CAUSES, SCOPES, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { METRICS } from '../../src/observe/metric-table.js'
import { findServer } from '../support/servers/find-server.js'
import { startPostgres } from '../support/servers/postgres.js'
import { startRedis } from '../support/servers/redis.js'
import type { TestServer } from '../support/servers/server-process.js'
import { type Supervised, supervise } from '../support/supervised.js'
import { Page } from './code-blocks.js'

const page = new Page('coordination.md')
afterAll(() => page.remove())
const markdown = readFileSync(new URL('../../docs/coordination.md', import.meta.url), 'utf8')
const postgres = await findServer('postgres')
const redis = await findServer('redis-server')

/** Each block that needs no server, with the fields of the lines that it must log. */
const LINES: Record<string, readonly Record<string, unknown>[]> = {
  'cleanup.ts': [
    { msg: 'removed', id: 1, token: expect.stringMatching(/^\d+$/) },
    { msg: 'removed', id: 3 },
  ],
  'importer.ts': [
    { msg: 'imported', name: 'nightly_import', token: expect.stringMatching(/^\d+$/) },
    { msg: 'lease acquired', lease: 'nightly_import' },
  ],
  'digest.ts': [{ msg: 'sent', dueAt: expect.stringMatching(/^\d{4}-.*\.\d00Z$/) }],
  'crawler.ts': [
    { msg: 'crawled', id: 'a.example' },
    { msg: 'crawled', id: 'c.example' },
    { msg: 'totals written', self: expect.stringMatching(/^[\da-f-]{36}$/) },
  ],
}
/** The blocks that need a server. */
const FENCED = ['totals.ts', 'prices.ts']

/** The code in the first column of each row of the table with this heading row. */
function firstColumn(heading: string): string[] {
  const [, after] = markdown.split(`\n| ${heading} |`)
  const [table = ''] = after!.split('\n\n')
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, word]) => word!)
}

describe('docs/coordination.md', () => {
  it('every code block of docs/coordination.md is run by a test', () => {
    expect(page.nameless).toBe(0)
    expect(page.files).toEqual([...Object.keys(LINES), ...FENCED])
    const languages = [...markdown.matchAll(/^```(\w*)\n[\s\S]*?^```$/gm)].map((match) => match[1])
    // One block is a drawing.
    expect(languages.filter((language) => language !== 'ts').sort()).toEqual(['', 'sql', 'yaml'])
  })

  it.each(Object.keys(LINES))(
    'the code block %s of docs/coordination.md logs the lines that the page shows',
    async (file) => {
      const { log, supervisor, runs, stop } = await supervise([page.path(file)])
      for (const line of LINES[file]!) {
        const [[field, value]] = Object.entries(line).filter(([key]) => key !== 'msg') as [[string, unknown]]
        const exact = typeof value === 'object' ? {} : { [field]: value }
        expect(await log.nth(1, { msg: line.msg as string, ...exact })).toMatchObject(line)
      }
      await stop()
      const [timer] = supervisor.snapshot().timers
      expect(timer!.ledger.runs.completed).toBeGreaterThanOrEqual(1)
      expect(runs.filter(({ outcome }) => outcome !== 'completed')).toEqual([])
    },
  )

  it('the configuration in docs/coordination.md is accepted', () => {
    const [, yaml] = /^```yaml\n([\s\S]*?)^```$/m.exec(markdown)!
    const coordination = (environment: Record<string, string>) =>
      splitConfig(parseConfig(yaml!, 'coordination.md', environment)).settings.coordination
    expect(coordination({})).toEqual({
      url: 'local',
      namespace: 'shop',
      acceptEviction: false,
      ttl: 5_000_000,
      renewDeadline: 2_500_000,
      retry: 500_000,
    })
    expect(coordination({ COORDINATION_URL: 'etcd://one,two' }).url).toBe('etcd://one,two')
  })

  it('docs/coordination.md lists the values of each timing profile', () => {
    const rows = [...markdown.matchAll(/^\| `(normal|fast)` \| (.+) s \| (.+) s \| (.+) s \|$/gm)]
    expect(rows.map((row) => row[1])).toEqual(['normal', 'fast'])
    for (const [, profile, ...spans] of rows) {
      const { settings } = splitConfig({ escapement: { coordination: { profile } } })
      const { ttl, renewDeadline, retry } = settings.coordination
      expect(spans.map((span) => Number(span) * 1e6)).toEqual([ttl, renewDeadline, retry])
    }
  })

  it('the store URLs in docs/coordination.md are accepted', () => {
    const [, table] = markdown.split('\n## Stores\n')
    const urls = [...table!.split('\n\n')[0]!.matchAll(/`((?:local\b|\w+:\/\/)[^`]*)`/g)].map((match) => match[1]!)
    expect(urls.length).toBeGreaterThanOrEqual(7)
    for (const url of urls) {
      const given = url.endsWith('://') ? `${url}host` : url
      expect(splitConfig({ escapement: { coordination: given } }).settings.coordination.url).toBe(given)
    }
  })
})

describe('the words of docs/coordination.md', () => {
  it('docs/coordination.md lists all scopes', () => {
    expect(firstColumn('a timer with').map((cell) => /'(\w+)'/.exec(cell)![1])).toEqual([...SCOPES])
  })

  it('docs/coordination.md lists all events of a lease and all causes of its loss', () => {
    expect(firstColumn('event')).toEqual([...LEASE_EVENTS])
    expect(firstColumn('cause of a loss')).toEqual([...LOSS_CAUSES])
  })

  it('docs/coordination.md lists all results of a claim and the resulting skip reasons', () => {
    const [, row] = /^\| `escapement_claims_total\{.*?\}` \|(.*)\|$/m.exec(markdown)!
    expect([...row!.matchAll(/`([a-z_]+)`/g)].map((match) => match[1])).toEqual(['cluster', ...CLAIM_RESULTS])
    const reasons = ['not_leader', ...CLAIM_RESULTS.filter((result) => result !== 'claimed')]
    expect(firstColumn('skip reason')).toEqual(reasons)
    expect(SKIP_REASONS).toEqual(expect.arrayContaining(reasons))
  })

  it('docs/coordination.md lists all metrics of coordination with their labels, and no others', () => {
    const { leader, leaseEpoch, leaseEvents, claims, paused, members } = METRICS
    const written = [leader, leaseEpoch, leaseEvents, claims, paused, members].map(({ name, labels }) => {
      const names = Object.keys(labels)
      return names.length > 0 ? `${name}{${names.join(',')}}` : name
    })
    expect(firstColumn('metric')).toEqual(written)
    const named = [...markdown.matchAll(/escapement_[a-z_]+[a-z]/g)].map((match) => match[0])
    const existing = Object.values(METRICS).map(({ name }): string => name)
    expect(named.filter((name) => !existing.includes(name))).toEqual([])
  })

  it('the alerts in docs/coordination.md use label values that exist', () => {
    const values = [...markdown.matchAll(/\{(event|result)="(\w+)"\}/g)].map(([, label, value]) => ({ label, value }))
    expect(values.length).toBeGreaterThanOrEqual(3)
    const known: Record<string, readonly string[]> = { event: LEASE_EVENTS, result: CLAIM_RESULTS }
    for (const { label, value } of values) expect(known[label!]).toContain(value)
  })
})

/** The error of the first failed run, which is the first run after a newer leader has written. */
async function refused({ log }: Supervised): Promise<unknown> {
  const { err } = await log.nth(1, { msg: 'run failed' })
  return err
}

describe.skipIf(!postgres)('the fenced update in SQL', () => {
  let server: TestServer
  let client: Client

  beforeAll(async () => {
    server = await startPostgres(postgres!)
    client = new Client({ connectionString: server.url })
    await client.connect()
  })
  afterAll(async () => {
    await client?.end()
    await server?.stop()
  })

  const row = async () => (await client.query("SELECT runs::int, fence FROM totals WHERE id = 'today'")).rows[0]

  it('the fenced update in SQL succeeds under the token of the leader, and is refused after a newer leader has written', async () => {
    const leader = await supervise([page.path('totals.ts')], { config: { DATABASE_URL: server.url } })
    await leader.nthRun('totals.addUp', 3)
    const { runs, fence } = await row()
    expect(runs).toBeGreaterThanOrEqual(3)
    const { epoch } = leader.log.matching({ msg: 'lease acquired' })[0]!
    expect(fence).toBe(epoch)

    const newer = BigInt(fence) + 1n
    await client.query("UPDATE totals SET runs = 1000, fence = $1 WHERE id = 'today'", [newer])
    expect(await refused(leader)).toMatchObject({ message: 'a newer leader was here' })
    await leader.stop()
    expect(await row()).toEqual({ runs: 1000, fence: String(newer) })

    // The token of the next leader is the time in milliseconds, which is greater by now.
    const successor = await supervise([page.path('totals.ts')], { config: { DATABASE_URL: server.url } })
    await successor.nthRun('totals.addUp', 2)
    await successor.stop()
    const after = await row()
    expect(after.runs).toBeGreaterThanOrEqual(1002)
    expect(BigInt(after.fence)).toBeGreaterThan(newer)
    expect(successor.ledger('totals.addUp').runs.failed).toBe(0)
  })
})

describe.skipIf(!redis)('the fenced update in Redis', () => {
  let server: TestServer
  let client: Redis

  beforeAll(async () => {
    server = await startRedis(redis!)
    client = new Redis(server.url)
  })
  afterAll(async () => {
    client?.disconnect()
    await server?.stop()
  })

  it('the fenced update in Redis succeeds under the token of the leader, and is refused after a newer leader has written', async () => {
    const leader = await supervise([page.path('prices.ts')], { config: { REDIS_URL: server.url } })
    await leader.nthRun('prices.publish', 2)
    const { epoch } = leader.log.matching({ msg: 'lease acquired' })[0]!
    expect(await client.hgetall('prices')).toEqual({ fence: epoch, book: '42' })

    const newer = String(BigInt(epoch as string) + 1n)
    await client.hset('prices', { fence: newer, book: '43' })
    expect(await refused(leader)).toMatchObject({ message: 'a newer leader was here' })
    await leader.stop()
    expect(await client.hgetall('prices')).toEqual({ fence: newer, book: '43' })

    const successor = await supervise([page.path('prices.ts')], { config: { REDIS_URL: server.url } })
    await successor.nthRun('prices.publish', 2)
    await successor.stop()
    const after = await client.hgetall('prices')
    expect(after.book).toBe('42')
    expect(BigInt(after.fence!)).toBeGreaterThan(BigInt(newer))
    expect(successor.ledger('prices.publish').runs.failed).toBe(0)
  })
})
