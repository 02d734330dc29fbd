/** Pauses of real processes: what is left of them after `kill -9`, and in other processes of the deployment. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../coordinate/until.js'
import { Cli } from '../support/cli.js'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import { freePort } from '../support/servers/server-process.js'

const PROGRAM = fileURLToPath(new URL('../fixtures/pausing.mjs', import.meta.url))
const ANNA = { entrypoint: 'steady.beat', by: 'anna', reason: 'maintenance' }

interface Said {
  readonly event: string
  readonly [fact: string]: unknown
}

/** A process that runs test/fixtures/pausing.mjs. */
class PausingProcess {
  readonly #cli: Cli

  constructor(settings: object) {
    this.#cli = new Cli([JSON.stringify({ escapement: settings })], { program: PROGRAM })
  }

  get said(): Said[] {
    return this.#cli.log as unknown as Said[]
  }

  count(event: string, facts: object = {}): number {
    return this.said.filter((said) => said.event === event && contains(said, facts)).length
  }

  /** Waits for the n-th of such events. */
  async nth(event: string, facts: object, count = 1): Promise<void> {
    await until(
      () => this.count(event, facts),
      (found) => found >= count,
      60_000,
    )
  }

  tell(command: string): void {
    this.#cli.process.stdin!.write(`${command}\n`)
  }

  async look(): Promise<Said> {
    const before = this.count('looked')
    this.tell('look')
    await this.nth('looked', {}, before + 1)
    return this.said.findLast(({ event }) => event === 'looked')!
  }

  /** Waits until the pause would survive this process. */
  async saved(): Promise<void> {
    await until(
      () => this.look(),
      ({ pauses }) => (pauses as { isSaved: boolean }[])[0]?.isSaved === true,
    )
  }

  async kill(): Promise<void> {
    this.#cli.process.kill('SIGKILL')
    await this.#cli.exited
  }

  /** Stops in good order; every tick must have ended in one place. */
  async stop(): Promise<void> {
    this.tell('stop')
    const { code, stderr } = await this.#cli.exited
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { ledger } = this.said.at(-1) as unknown as { ledger: LedgerLine }
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((one, other) => one + other, 0)
    expect(ledger.due).toBe(sum(ledger.skipped) + sum(ledger.runs))
    expect([ledger.active, ledger.pending]).toEqual([0, 0])
  }
}

interface LedgerLine {
  readonly due: number
  readonly active: number
  readonly pending: number
  readonly skipped: Record<string, number>
  readonly runs: Record<string, number>
}

function contains(said: object, facts: object): boolean {
  return Object.entries(facts).every(([name, value]) => (said as Record<string, unknown>)[name] === value)
}

const PAUSED = { reason: 'paused' }

/** It started with the pause in effect: told before the first tick, and no run. */
async function expectPausedFromTheStart(process: PausingProcess, kept: string): Promise<void> {
  await process.nth('tick.skipped', PAUSED, 3)
  const names = process.said.map(({ event }) => event)
  expect(process.said[0]).toMatchObject({ event: 'pause.changed', isPaused: true, ...ANNA, kept })
  expect(names.indexOf('pause.changed')).toBeLessThan(names.indexOf('ready'))
  expect(names).not.toContain('run.ended')
}

async function expectResumed(process: PausingProcess): Promise<void> {
  process.tell('resume ben')
  await process.nth('run.ended', { outcome: 'completed' }, process.count('run.ended') + 2)
  expect(process.said).toContainEqual(expect.objectContaining({ event: 'pause.changed', isPaused: false, by: 'ben' }))
}

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'state')
}

describe('a pause of a process with a state file', () => {
  it('is in effect after kill -9 and a restart, from before the first tick on, until it is resumed', async () => {
    const state = { file: await stateFile() }
    const first = new PausingProcess({ state })
    await first.nth('run.ended', {}, 2)
    first.tell('pause anna maintenance')
    await first.saved()
    await first.kill()
    const second = new PausingProcess({ state })
    await expectPausedFromTheStart(second, 'instance')
    await expectResumed(second)
    await second.stop()
    const third = new PausingProcess({ state })
    await third.nth('run.ended', {}, 2)
    expect(third.count('pause.changed')).toBe(0)
    await third.stop()
  })

  it('is gone after a restart without a state file, and says so when it is made', async () => {
    const first = new PausingProcess({})
    await first.nth('ready', {})
    first.tell('pause anna maintenance')
    await first.nth('pause.changed', { kept: 'process' })
    await first.kill()
    const second = new PausingProcess({})
    await second.nth('run.ended', {}, 2)
    expect(second.count('pause.changed')).toBe(0)
    await second.stop()
  })
})

const redis = await findServer('redis-server')

describe.skipIf(!redis)('a pause of processes that share a Redis server', () => {
  it('in one process stops both, and both stay paused after kill -9 and a restart, until one resumes', async () => {
    const server = await startRedis(redis!)
    onTestFinished(() => server.stop())
    const coordination = { url: server.url, namespace: `pause-${randomUUID().slice(0, 8)}`, profile: 'fast' }
    const start = () => new PausingProcess({ coordination })
    const before = [start(), start()] as const
    await Promise.all(before.map((process) => process.nth('run.ended', {}, 2)))
    before[0].tell('pause anna maintenance')
    await Promise.all(before.map((process) => process.nth('tick.skipped', PAUSED, 2)))
    expect(before[1].said).toContainEqual(
      expect.objectContaining({ event: 'pause.changed', ...ANNA, kept: 'deployment' }),
    )
    await before[0].saved()
    await Promise.all(before.map((process) => process.kill()))
    const after = [start(), start()] as const
    await Promise.all(after.map((process) => expectPausedFromTheStart(process, 'deployment')))
    await expectResumed(after[1])
    await after[0].nth('run.ended', { outcome: 'completed' }, 2)
    expect(after[0].said).toContainEqual(
      expect.objectContaining({ event: 'pause.changed', isPaused: false, by: 'ben' }),
    )
    await Promise.all(after.map((process) => process.stop()))
  })

  it('cannot be known while the server is down: the start goes on after some seconds, and says so', async () => {
    const coordination = { url: `redis://127.0.0.1:${await freePort()}`, profile: 'fast' }
    const process = new PausingProcess({ coordination })
    await process.nth('run.ended', { outcome: 'completed' }, 2)
    expect((await process.look()).problems).toContainEqual({
      kind: 'pauses',
      text: expect.stringContaining('the pauses of the deployment are not known, so timers that are paused may run'),
    })
    expect(process.count('pause.failed')).toBe(1)
    await process.stop()
  })
})
