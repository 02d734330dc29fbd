/**
 * What must hold over every store while everything fails that can: instances are killed, frozen and cut off, and the store is
 * started again and goes away. After each fault the history is checked as a whole.
 *
 * FAULT_SECONDS: for how long the store is gone (default 8). CONTEND_SECONDS: for how long eight instances contend (default 8).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../../support/servers/server-process.js'
import type { Backend } from './backends.js'
import { Fleet, type FleetOptions } from './fleet.js'
import type { Nanos, RunEntry } from './history.js'
import type { Instance } from './instance.js'
import type { TcpProxy } from './tcp-proxy.js'

const GONE_SECONDS = Number(process.env.FAULT_SECONDS ?? 8)
const CONTEND_SECONDS = Number(process.env.CONTEND_SECONDS ?? 8)

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

    async function start(options: Partial<FleetOptions> = {}): Promise<{ fleet: Fleet; leader: Instance }> {
      const fleet = await Fleet.start({ server, modules: ['coordinated-leader.mjs'], size: 3, ...options })
      onTestFinished(() => fleet.close())
      return { fleet, leader: await fleet.nextLeader() }
    }

    it('when the leader is killed, another takes over as soon as the lease has expired', async () => {
      const { fleet, leader } = await start()
      const taken = fleet.nextLeader([leader])
      const killedAt = await leader.kill()
      const next = await taken
      expect(beginsAfter(fleet, next, killedAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)
      await settle(fleet)
    })

    it('when the leader is told to stop, another takes over at once', async () => {
      const { fleet, leader } = await start()
      const taken = fleet.nextLeader([leader])
      const stoppedAt = process.hrtime.bigint()
      await leader.terminate()
      expect(leader.exitCode).toBe(0)
      expect(beginsAfter(fleet, await taken, stoppedAt)).toBeLessThanOrEqual(200 + SLACK_MS)
      await settle(fleet)
    })

    it('a leader that was frozen while another took over is fenced off, aborts its job, and says that it has lost', async () => {
      const { fleet, leader } = await start()
      const { run, letGo } = await fleet.register.holdNextRun(leader.name)
      const taken = fleet.nextLeader([leader])
      const frozenAt = leader.freeze()
      const next = await taken
      expect(beginsAfter(fleet, next, frozenAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)

      const thawedAt = leader.thaw()
      await leader.says('that its run is to stop', ({ msg, cause }) => {
        return msg === 'run told to stop' && cause === 'lease_lost'
      })
      letGo()
      const lost = await leader.says('that it has lost', ({ msg }) => msg === 'lease lost')
      expect(lost).toMatchObject({ lease: 'writer', cause: expect.stringMatching(/expired|taken/) })
      const late = fleet.chronicle.items.filter(
        (entry) => entry.kind === 'write' && entry.instance === leader.name && entry.at > thawedAt,
      )
      // It asks nobody before it writes. It may have been killed before it came to that, but no more than that.
      expect(late.map((entry) => entry.kind === 'write' && [entry.token, entry.accepted])).toEqual(
        late.map(() => [run.token, false]),
      )
      const [ledger] = await leader.ledgers()
      expect(ledger!.runs.aborted).toBe(1)
      expect(await leader.metrics()).toMatch(/^escapement_aborts_total\{.*cause="lease_lost".*\} 1$/m)
      expect(fleet.leaders.map(({ name }) => name)).toEqual([next.name])
      await settle(fleet)
    })

    it('when the store is started again, the work goes on, under no older token', async () => {
      const { fleet } = await start({ modules: ['coordinated-leader.mjs', 'coordinated-slots.mjs'] })
      const before = lastRun(fleet)
      await server.restart()
      await fleet.nextLeader()
      expect(lastRun(fleet).token! >= before.token!).toBe(true)
      await settle(fleet)
    })

    it(
      `when the store is gone for ${GONE_SECONDS} s, nobody leads and ticks are counted, until it is back`,
      async () => {
        const { fleet, leader } = await start()
        const goneAt = process.hrtime.bigint()
        await server.shutDown()
        onTestFinished(() => server.restart())
        await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
        expect(millisSince(goneAt)).toBeLessThanOrEqual(RENEW_DEADLINE_MS + SLACK_MS)
        const runs = runsBegun(fleet)
        const before = await notLeader(fleet)

        await sleep(Math.max(0, GONE_SECONDS * 1_000 - millisSince(goneAt)))
        expect(fleet.leaders).toEqual([])
        expect(runsBegun(fleet)).toBe(runs)
        const after = await notLeader(fleet)
        const ticks = (GONE_SECONDS * 1_000 - RENEW_DEADLINE_MS - SLACK_MS) / 100
        for (const [index, count] of after.entries()) expect(count - before[index]!).toBeGreaterThanOrEqual(ticks / 2)

        await server.restart()
        await fleet.nextLeader()
        await settle(fleet)
      },
      (GONE_SECONDS + 60) * 1_000,
    )

    it('a leader that gets its answers late goes on leading', async () => {
      const { fleet, leader } = await start()
      const { token } = lastRun(fleet)
      fleet.seatOf(leader).proxy.delay(100)
      await sleep(TTL_MS + 1_000)
      await fleet.nextLeader()
      expect([lastRun(fleet).instance, lastRun(fleet).token]).toEqual([leader.name, token])
      await settle(fleet)
    })

    it.each<[string, (proxy: TcpProxy) => void]>([
      ['whose connections are cut', (proxy) => proxy.drop()],
      ['whose requests go nowhere', (proxy) => proxy.swallow()],
    ])('a leader %s stops before another takes over', async (_name, fail) => {
      const { fleet, leader } = await start()
      const { proxy } = fleet.seatOf(leader)
      const taken = fleet.nextLeader([leader])
      const failedAt = process.hrtime.bigint()
      fail(proxy)
      await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
      const next = await taken
      expect(beginsAfter(fleet, next, failedAt)).toBeLessThanOrEqual(TAKE_OVER_MS + SLACK_MS)
      proxy.pass()
      await fleet.nextLeader()
      expect(fleet.leaders.map(({ name }) => name)).toEqual([next.name])
      await settle(fleet)
    })

    it('a leader whose requests are carried out without an answer stops, and is never one of two', async () => {
      const { fleet, leader } = await start()
      const { proxy } = fleet.seatOf(leader)
      proxy.mute()
      await leader.says('that it has lost', ({ msg, cause }) => msg === 'lease lost' && cause === 'unconfirmed')
      // Among those who ask for the lease now is one that may get it and will not know.
      await sleep(TTL_MS)
      proxy.pass()
      await fleet.nextLeader()
      expect(fleet.leaders).toHaveLength(1)
      await settle(fleet)
    })

    it(
      `eight instances that contend for ${CONTEND_SECONDS} s, with leaders that come and go, are never two`,
      async () => {
        const { fleet } = await start({ size: 8 })
        const until = performance.now() + CONTEND_SECONDS * 1_000
        const gone: Promise<unknown>[] = []
        let changes = 0
        for (let leader = await fleet.nextLeader(); performance.now() < until; changes++) {
          const taken = fleet.nextLeader([leader])
          gone.push(leader.terminate())
          fleet.restart(fleet.seatOf(leader))
          leader = await taken
        }
        await Promise.all(gone)
        console.log(`${backend.name}: ${changes} leaders followed each other in ${CONTEND_SECONDS} s`)
        expect(changes).toBeGreaterThan(0)
        await settle(fleet)
      },
      (CONTEND_SECONDS + 60) * 1_000,
    )
  })
}

/** Ends the fleet in good order, and looks at all that happened. */
async function settle(fleet: Fleet): Promise<void> {
  await Promise.all(fleet.instances.filter(({ hasExited }) => !hasExited).map((instance) => instance.ready()))
  await fleet.stop()
  expect(fleet.violations).toEqual([])
}

/** When the first run of an instance began, in milliseconds. */
function beginsAfter({ chronicle }: Fleet, { name }: Instance, since: Nanos): number {
  const begin = chronicle.items.find((entry) => entry.kind === 'begin' && entry.instance === name && entry.at > since)
  return Number(begin!.at - since) / 1e6
}

function lastRun({ chronicle }: Fleet): RunEntry {
  return chronicle.items.findLast(
    (entry): entry is RunEntry => entry.kind === 'end' && entry.entrypoint === ENTRYPOINT,
  )!
}

function runsBegun({ chronicle }: Fleet): number {
  return chronicle.items.filter(({ kind }) => kind === 'begin').length
}

/** How many ticks each instance has skipped because it does not lead. */
function notLeader({ instances }: Fleet): Promise<number[]> {
  return Promise.all(instances.map(async (instance) => (await instance.ledgers())[0]!.skipped.not_leader!))
}

function millisSince(at: Nanos): number {
  return Number(process.hrtime.bigint() - at) / 1e6
}
