/**
 * What must hold over every store while everything fails that can: instances are killed, frozen and cut off, and the store is
 * started again and goes away. After each fault the history is checked as a whole.
 *
 * FAULT_SECONDS: for how long the store is gone (default 6). CONTEND_SECONDS: for how long eight instances contend (default 4).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../../support/servers/server-process.js'
import type { Backend } from './backends.js'
import type { Nanos, RunEntry } from './history.js'
import type { Instance } from './instance.js'
import type { TcpProxy } from './tcp-proxy.js'
import { TestCluster, type TestClusterOptions } from './test-cluster.js'

const GONE_SECONDS = Number(process.env.FAULT_SECONDS ?? 6)
const CONTEND_SECONDS = Number(process.env.CONTEND_SECONDS ?? 4)

/** Of the fast profile. */
const TTL_MS = 5_000
const RENEW_DEADLINE_MS = 2_500
const TAKE_OVER_MS = TTL_MS + 1_000
/** The machine does something else besides. */
const SLACK_MS = 2_000

const ENTRYPOINT = 'writer.write'

export function backendFaults(backend: Backend): void {
  describe(`instances that share ${backend.name}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await backend.start()
    })
    afterAll(() => server?.stop())

    async function start(
      options: Partial<TestClusterOptions> = {},
    ): Promise<{ cluster: TestCluster; leader: Instance }> {
      const cluster = await TestCluster.start({ server, modules: ['coordinated-leader.mjs'], size: 3, ...options })
      onTestFinished(() => cluster.close())
      return { cluster, leader: await cluster.nextLeader() }
    }

    it('when the leader is killed, another takes over as soon as the lease has expired', async () => {
      const { cluster, leader } = await start()
      const taken = cluster.nextLeader([leader])
      const killedAt = await leader.kill()
      const next = await taken
      expect(beginsAfter(cluster, next, killedAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)
      await settle(cluster)
    })

    it('when the leader is told to stop, another takes over at once', async () => {
      const { cluster, leader } = await start()
      const taken = cluster.nextLeader([leader])
      const stoppedAt = process.hrtime.bigint()
      await leader.terminate()
      expect(leader.exitCode).toBe(0)
      expect(beginsAfter(cluster, await taken, stoppedAt)).toBeLessThanOrEqual(200 + SLACK_MS)
      await settle(cluster)
    })

    it('a leader that was frozen while another took over is fenced off, aborts its job, and says that it has lost', async () => {
      const { cluster, leader } = await start()
      const { run, letGo } = await cluster.register.holdNextRun(leader.name)
      const taken = cluster.nextLeader([leader])
      const frozenAt = leader.freeze()
      const next = await taken
      expect(beginsAfter(cluster, next, frozenAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)

      const thawedAt = leader.thaw()
      await leader.says('that its run is to stop', ({ msg, cause }) => {
        return msg === 'aborting run' && cause === 'lease_lost'
      })
      letGo()
      const lost = await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
      expect(lost).toMatchObject({ lease: 'writer', cause: expect.stringMatching(/expired|taken/) })
      const late = cluster.eventLog.items.filter(
        (entry) => entry.kind === 'write' && entry.instance === leader.name && entry.at > thawedAt,
      )
      // It asks nobody before it writes. It may have been killed before it came to that, but no more than that.
      expect(late.map((entry) => entry.kind === 'write' && [entry.token, entry.accepted])).toEqual(
        late.map(() => [run.token, false]),
      )
      const [ledger] = await leader.ledgers()
      expect(ledger!.runs.aborted).toBe(1)
      expect(await leader.metrics()).toMatch(/^escapement_aborts_total\{.*cause="lease_lost".*\} 1$/m)
      expect(cluster.leaders.map(({ name }) => name)).toEqual([next.name])
      await settle(cluster)
    })

    it('when the store is started again, the work goes on, under no older token', async () => {
      const { cluster } = await start({ modules: ['coordinated-leader.mjs', 'coordinated-ticks.mjs'] })
      const before = lastRun(cluster)
      await server.restart()
      await cluster.nextLeader()
      expect(lastRun(cluster).token! >= before.token!).toBe(true)
      await settle(cluster)
    })

    it(
      `when the store is gone for ${GONE_SECONDS} s, nobody leads and ticks are counted, until it is back`,
      async () => {
        const { cluster, leader } = await start()
        await server.shutDown()
        // Not before: a server that shuts down in order goes on answering over connections that are open.
        const goneAt = process.hrtime.bigint()
        onTestFinished(() => server.restart())
        await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
        expect(millisSince(goneAt)).toBeLessThanOrEqual(RENEW_DEADLINE_MS + SLACK_MS)
        const runs = runsBegun(cluster)
        const before = await notLeader(cluster)

        await sleep(Math.max(0, GONE_SECONDS * 1_000 - millisSince(goneAt)))
        expect(cluster.leaders).toEqual([])
        expect(runsBegun(cluster)).toBe(runs)
        const after = await notLeader(cluster)
        const ticks = (GONE_SECONDS * 1_000 - RENEW_DEADLINE_MS - SLACK_MS) / 100
        for (const [index, count] of after.entries()) expect(count - before[index]!).toBeGreaterThanOrEqual(ticks / 2)

        await server.restart()
        await cluster.nextLeader()
        await settle(cluster)
      },
      (GONE_SECONDS + 60) * 1_000,
    )

    it('a leader that gets its answers late goes on leading', async () => {
      const { cluster, leader } = await start()
      const { token } = lastRun(cluster)
      cluster.nodeOf(leader).proxy.delay(100)
      await sleep(TTL_MS + 1_000)
      await cluster.nextLeader()
      expect([lastRun(cluster).instance, lastRun(cluster).token]).toEqual([leader.name, token])
      await settle(cluster)
    })

    it.each<[string, (proxy: TcpProxy) => void]>([
      ['whose connections are cut', (proxy) => proxy.drop()],
      ['whose requests go nowhere', (proxy) => proxy.swallow()],
    ])('a leader %s stops before another takes over', async (_name, fail) => {
      const { cluster, leader } = await start()
      const { proxy } = cluster.nodeOf(leader)
      const taken = cluster.nextLeader([leader])
      const failedAt = process.hrtime.bigint()
      fail(proxy)
      await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
      const next = await taken
      expect(beginsAfter(cluster, next, failedAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)
      proxy.pass()
      await cluster.nextLeader()
      expect(cluster.leaders.map(({ name }) => name)).toEqual([next.name])
      await settle(cluster)
    })

    it('a leader whose requests are carried out without an answer stops, and is never one of two', async () => {
      const { cluster, leader } = await start()
      const { proxy } = cluster.nodeOf(leader)
      proxy.mute()
      await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
      // Among those who ask for the lease now is one that may get it and will not know.
      await sleep(TTL_MS)
      proxy.pass()
      await cluster.nextLeader()
      expect(cluster.leaders).toHaveLength(1)
      await settle(cluster)
    })

    it(
      `eight instances that contend for ${CONTEND_SECONDS} s, with leaders that come and go, are never two`,
      async () => {
        const { cluster } = await start({ size: 8 })
        const until = performance.now() + CONTEND_SECONDS * 1_000
        const gone: Promise<unknown>[] = []
        let changes = 0
        for (let leader = await cluster.nextLeader(); performance.now() < until; changes++) {
          const taken = cluster.nextLeader([leader])
          gone.push(leader.terminate())
          cluster.restart(cluster.nodeOf(leader))
          leader = await taken
        }
        await Promise.all(gone)
        console.log(`${backend.name}: ${changes} leaders followed each other in ${CONTEND_SECONDS} s`)
        expect(changes).toBeGreaterThan(0)
        await settle(cluster)
      },
      (CONTEND_SECONDS + 120) * 1_000,
    )
  })
}

/** Ends the cluster in good order, and looks at all that happened. */
async function settle(cluster: TestCluster): Promise<void> {
  await Promise.all(cluster.instances.filter(({ hasExited }) => !hasExited).map((instance) => instance.ready()))
  await cluster.stop()
  expect(cluster.violations).toEqual([])
}

/** When the first run of an instance began, in milliseconds. */
function beginsAfter({ eventLog }: TestCluster, { name }: Instance, since: Nanos): number {
  const begin = eventLog.items.find((entry) => entry.kind === 'begin' && entry.instance === name && entry.at > since)
  return Number(begin!.at - since) / 1e6
}

function lastRun({ eventLog }: TestCluster): RunEntry {
  return eventLog.items.findLast((entry): entry is RunEntry => entry.kind === 'end' && entry.entrypoint === ENTRYPOINT)!
}

function runsBegun({ eventLog }: TestCluster): number {
  return eventLog.items.filter(({ kind }) => kind === 'begin').length
}

/** How many ticks each instance has skipped because it does not lead. */
function notLeader({ instances }: TestCluster): Promise<number[]> {
  return Promise.all(instances.map(async (instance) => (await instance.ledgers())[0]!.skipped.not_leader!))
}

function millisSince(at: Nanos): number {
  return Number(process.hrtime.bigint() - at) / 1e6
}
