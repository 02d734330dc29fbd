/** Data that services send does not reach the scheduler's thread as it is. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReceivedMessages } from '../support/received-messages.js'
import { supervise } from '../support/supervised.js'

/** More than a batch of log lines or a bounded error, and far less than what the services send. */
const LARGE = 200_000
const LARGE_LIST = 'Array.from({ length: 300_000 }, (_, id) => ({ id }))'

function received(): ReceivedMessages {
  const messages = new ReceivedMessages()
  onTestFinished(() => messages.stop())
  return messages
}

describe('services that send a lot of data', () => {
  it('services that send a lot of data send the main thread no large message, lose no log line uncounted, and let another service tick', async () => {
    const messages = received()
    const { log, runs, ledger, nthRun, stop } = await supervise(['heavy-traffic.mjs'], {
      config: { escapement: { rpc: { timeout: '10m' } } },
    })
    await log.nth(2, { msg: 'taken', count: 300_000 })
    await log.nth(2, { msg: 'chatter', line: 19_999 })
    const thrown = await nthRun('thrower.tick', 2)
    await nthRun('beat.tick', runs.filter(({ entrypoint }) => entrypoint === 'beat.tick').length + 1)
    expect(messages.largest).toBeLessThan(LARGE)
    expect(thrown.outcome).toBe('failed')
    expect(serialize(thrown).length).toBeLessThan(LARGE)
    await stop()
    const dropped = log.records.reduce((sum, { dropped = 0 }) => sum + Number(dropped), 0)
    const lines = log.matching({ msg: 'chatter' }).length + dropped
    expect(lines).toBeGreaterThanOrEqual(20_000 * ledger('chatter.tick').runs.completed)
  }, 180_000)

  it('a large message that a thread sends is noticed', async () => {
    const messages = received()
    const program = `require('node:worker_threads').parentPort.postMessage(${LARGE_LIST})`
    await once(new Worker(program, { eval: true }), 'message')
    expect(messages.largest).toBeGreaterThan(LARGE)
  })

  it('a large message that is read from a port is noticed', () => {
    const messages = received()
    const { port1, port2 } = new MessageChannel()
    port2.postMessage('x'.repeat(LARGE + 1))
    expect(receiveMessageOnPort(port1)).toBeDefined()
    expect(messages.largest).toBeGreaterThan(LARGE)
    port1.close()
  })
})

describe('an error that ends a thread', () => {
  it('an error that ends a thread is bounded, keeps what it says, and the exit handlers are called once', async () => {
    const exits = join(mkdtempSync(join(tmpdir(), 'uncaught-')), 'exits')
    const { log, stop } = await supervise(['uncaught.mjs'], { config: { EXITS: exits } })
    const died = await log.nth(1, { msg: 'thread died' })
    expect(died).toMatchObject({ services: ['large'], reason: 'error', exitCode: 1 })
    const { err } = died as unknown as { err: Record<string, unknown> }
    expect(err).toMatchObject({ code: 'E_LARGE', left: 3 })
    expect(err.type).toBe('RangeError')
    expect(err.message).toContain('nobody catches this')
    expect(err.message).toContain('the root cause')
    expect(err.stack).toContain('uncaught.mjs')
    expect(JSON.stringify(err).length).toBeLessThan(40_000)
    expect(readFileSync(exits, 'utf8').split('\n')[0]).toBe('exit 1 1')
    await stop()
  })

  it('an error that ends a thread is bounded before Node sends it to the main thread', async () => {
    const bound = new URL('../../dist/src/host/bound-uncaught.js', import.meta.url).href
    const sizeOf = async (setup: string) => {
      const program = `${setup}; throw Object.assign(new Error('x'), { text: 'y'.repeat(5_000_000) })`
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
      const [error] = (await once(worker, 'error')) as [Error & { text: string }]
      return error.text.length
    }
    expect(await sizeOf('')).toBe(5_000_000)
    const bounding = `const { boundUncaughtErrors } = await import('${bound}'); boundUncaughtErrors()`
    expect(await sizeOf(bounding)).toBeLessThan(20_000)
  })

  it('an error that a handler of the user takes reaches it as it was thrown, and the thread goes on', async () => {
    const exits = join(mkdtempSync(join(tmpdir(), 'uncaught-')), 'exits')
    const { log, stop } = await supervise(['uncaught.mjs'], { config: { EXITS: exits } })
    await log.nth(3, { msg: 'handled', characters: 5_000_000 })
    expect(log.matching({ msg: 'thread died' }).filter(({ services }) => String(services) === 'handled')).toEqual([])
    await stop()
  })
})
