/** Stops at awkward moments. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Supervisor } from '../../dist/src/index.js'
import { CapturedLog } from '../support/capture-log.js'
import { Cli } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const MODULE = fixture('slow-to-start-and-stop.mjs')
const LIMIT = 20_000

function supervisorOf(config: Record<string, unknown> = {}, http: false | { port: number } = false) {
  const log = new CapturedLog()
  return { log, supervisor: new Supervisor({ modules: [MODULE], http, config, logger: log.logger }) }
}

describe('a supervisor that is stopped while it starts', () => {
  it.each([0, 1, 5, 20, 60, 150, 300])(
    'a supervisor that is stopped %i ms after its start cannot be started again',
    async (millis) => {
      const { supervisor } = supervisorOf({ START_MS: 100 })
      const starting = supervisor.start()
      const started = starting.then(
        () => 'started',
        (error: Error & { code?: string }) => error.code,
      )
      await new Promise((resolve) => setTimeout(resolve, millis))
      expect(await supervisor.stop()).toEqual({ killed: [], alive: [] })
      expect(await started).toMatch(/^(started|ERR_STOPPED)$/)
      expect(supervisor.snapshot().threads.every(({ state }) => state === 'stopped')).toBe(true)
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_STOPPED' })
    },
  )

  it('a supervisor that is stopped while it starts does not wait for a service that takes for ever to start', {
    timeout: LIMIT,
  }, async () => {
    const { log, supervisor } = supervisorOf({ START_MS: 600_000 })
    const starting = supervisor.start().catch((error: Error & { code?: string }) => error.code)
    await log.nth(1, { msg: 'starting to start' })
    await supervisor.stop()
    expect(await starting).toBe('ERR_STOPPED')
  })

  it('a command that is stopped while it starts ends with 0', { timeout: LIMIT }, async () => {
    const run = new Cli(['run', MODULE, '--no-http', '--set', 'START_MS=600000'])
    await run.output('stdout', /starting to start/)
    run.process.kill('SIGTERM')
    expect(await run.exited).toMatchObject({ code: 0 })
  })
})

describe('a start that fails', () => {
  it('a start that fails closes what the others have opened meanwhile', { timeout: LIMIT }, async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const { supervisor } = supervisorOf({ START_MS: 600_000 }, { port })
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' })
    expect(supervisor.snapshot().threads.every(({ state }) => state === 'stopped')).toBe(true)
  })

  it('a command whose port is taken ends with 70', { timeout: LIMIT }, async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const run = new Cli(['run', MODULE, '--port', String(port)])
    expect(await run.exited).toMatchObject({ code: 70, stderr: expect.stringContaining('already in use') })
  })
})

describe('a service that does not stop', () => {
  it('a service that does not stop is cut off when the stop is forced, and named', { timeout: LIMIT }, async () => {
    const { log, supervisor } = supervisorOf({ STOP_MS: 600_000 })
    await supervisor.start()
    const stopping = supervisor.stop()
    await log.nth(1, { msg: 'starting to stop' })
    void supervisor.stop({ force: true })
    const { killed } = await stopping
    expect(killed).toEqual(['sluggish'])
  })

  it('a service that does not stop is cut off with the calls that are under way, without waiting for the drain', {
    timeout: LIMIT,
  }, async () => {
    const { log, supervisor } = supervisorOf({ escapement: { shutdown: { drain: '10m' }, rpc: { timeout: '10m' } } })
    await supervisor.start()
    const call = supervisor.remote<{ call(): void }>('sluggish').call()
    const ended = call.catch((error: Error & { code?: string }) => error.code)
    await log.nth(1, { msg: 'called' })
    const stopping = supervisor.stop()
    void supervisor.stop({ force: true })
    await stopping
    expect(await ended).toBe('ERR_RPC_CRASHED')
  })
  it('a forced stop ends beside a thread in native code, and names that thread', { timeout: LIMIT }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'escapement-'))
    // The blocked run, and with it the thread, ends when the file has been removed: not before the stop has resolved.
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const LOCK = join(folder, 'lock')
    writeFileSync(LOCK, '')
    const log = new CapturedLog()
    const modules = [fixture('uninterruptible.mjs')]
    const supervisor = new Supervisor({ modules, http: false, config: { LOCK }, logger: log.logger })
    const zombie = new Promise((resolve) => supervisor.on('thread.zombie', resolve))
    await supervisor.start()
    await zombie
    expect(await supervisor.stop({ force: true })).toEqual({
      killed: ['uninterruptible.work'],
      alive: ['uninterruptible/0'],
    })
  })
})
