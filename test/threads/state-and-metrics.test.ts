/** What outlives a thread. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Supervisor } from '../../dist/src/index.js'
import { supervise } from '../support/supervised.js'

interface Keeper {
  countAndDie(times: number): void
  countAndSpin(times: number): void
  addMany(times: number): Promise<void>
  addCarelessly(times: number): Promise<void>
  read(key: string): Promise<unknown>
  tooMuch(): Promise<void>
}

const keeperOf = (supervisor: Supervisor) => supervisor.remote<Keeper>('keeper')

async function metric(supervisor: Supervisor, name: string): Promise<number> {
  const text = await supervisor.registry.metrics()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.split(' ').at(-1))
}

const nextExit = (supervisor: Supervisor) => new Promise((resolve) => supervisor.on('thread.exited', resolve))

describe('metrics of services', () => {
  it('metrics of services keep what threads had counted when they ended, whatever ended them', async () => {
    const { supervisor, nthRun, stop } = await supervise(['keeper.mjs'])
    await nthRun('keeper.count', 3)
    expect(await metric(supervisor, 'threads_alive')).toBe(2)
    await keeperOf(supervisor)
      .countAndDie(1_000)
      .catch(() => {})
    expect(await metric(supervisor, 'kept_total{how="last"}')).toBe(1_000)
    const before = await metric(supervisor, 'kept_total{how="tick"}')
    expect(before).toBeGreaterThanOrEqual(3)
    // A thread that spins cannot be asked, and need not be.
    const spinning = supervisor.remote<Keeper>('keeper', { timeout: '2s' }).countAndSpin(500)
    const exited = nextExit(supervisor)
    await expect(spinning).rejects.toThrow('did not answer')
    expect(await metric(supervisor, 'kept_total{how="spin"}')).toBe(500)
    await exited
    expect(await metric(supervisor, 'kept_total{how="spin"}')).toBe(500)
    expect(await metric(supervisor, 'kept_total{how="tick"}')).toBeGreaterThanOrEqual(before)
    await stop()
  })
})

describe('the state of a service', () => {
  it('the state of a service survives its threads', async () => {
    const { supervisor, log, stop } = await supervise(['keeper.mjs'])
    const { kept } = await log.nth(3, { msg: 'counted' })
    await keeperOf(supervisor)
      .countAndDie(1)
      .catch(() => {})
    const later = await log.next({ msg: 'counted' })
    expect(later.kept).toBeGreaterThan(kept as number)
    await stop()
  })

  it('the state of a service loses no update that two threads make at once; a get and a set do', async () => {
    const { supervisor, stop } = await supervise(['keeper.mjs'])
    const keeper = keeperOf(supervisor)
    await Promise.all([keeper.addMany(300), keeper.addMany(300), keeper.addMany(300)])
    expect(await keeper.read('added')).toBe(900)
    await Promise.all([keeper.addCarelessly(300), keeper.addCarelessly(300), keeper.addCarelessly(300)])
    expect(await keeper.read('careless')).toBeLessThan(900)
    await stop()
  })

  it('the state of a service says what does not fit, and how much there is room for', async () => {
    const { supervisor, stop } = await supervise(['keeper.mjs'])
    await expect(keeperOf(supervisor).tooMuch()).rejects.toThrow(/big.*escapement\.state\.maxBytes/s)
    await stop()
  })

  it('the state of a service survives the process, where a file is named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'escapement-state-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const config = { escapement: { state: { file: join(folder, 'state.bin') } } }
    const first = await supervise(['keeper.mjs'], { config })
    await keeperOf(first.supervisor).addMany(5)
    await first.stop()
    const second = await supervise(['keeper.mjs'], { config })
    expect(await keeperOf(second.supervisor).read('added')).toBe(5)
    await second.stop()
  })
})
