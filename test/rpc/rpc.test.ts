/** Calls from thread to thread, on real threads. */
import { describe, expect, it } from 'vitest'
import {
  RemoteError,
  type RpcEnded,
  RpcTimeoutError,
  type Supervisor,
  UnknownServiceError,
  withOptions,
} from '../../dist/src/index.js'
import type { Desk, Shop } from '../fixtures/services/calls.js'
import { supervise } from '../support/supervised.js'

/** Long enough for a busy machine. */
const PATIENT = { timeout: '1m' }
const shopOf = (supervisor: Supervisor) => supervisor.remote<Shop>('shop', PATIENT)
const deskOf = (supervisor: Supervisor) => supervisor.remote<Desk>('desk', PATIENT)

async function counted(supervisor: Supervisor, method: string): Promise<Record<string, number>> {
  const { values } = (await supervisor.registry.getSingleMetric('escapement_rpc_calls_total')!.get()) as {
    values: { labels: Record<string, string>; value: number }[]
  }
  const own = values.filter(({ labels, value }) => labels.method === method && value > 0)
  return Object.fromEntries(own.map(({ labels, value }) => [labels.outcome!, value]))
}

describe('a call of another service', () => {
  it('a call of another service copies the arguments to the method and the result to the caller', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    const value = { at: new Date(0), map: new Map([['a', 1n]]), bytes: new Uint8Array([1, 2]) }
    expect(await shopOf(supervisor).echo(value, undefined, null)).toEqual([value, undefined, null])
    expect(await deskOf(supervisor).ask('echo', value)).toEqual([value])
    await stop()
  })

  it('a call of another service fails with the error of the method, of the name or of the data', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    const { sold, ...others } = await deskOf(supervisor).failures()
    expect(sold).toMatchObject({
      constructor: 'RemoteError',
      service: 'shop',
      method: 'sell',
      name: 'OutOfStock',
      message: 'nothing left',
      fields: { left: 3 },
      remoteCode: 'E_STOCK',
      cause: 'TypeError: the deeper cause',
    })
    expect(sold.stack).toMatch(/: nothing left\n.*sell[\s\S]*in shop\.sell, called from\n[\s\S]*failures/)
    expect(others).toEqual({
      text: 'thrown value is not an Error: only text',
      unknown: 'no service is named "nobody" (services: desk, shop, early)',
      missing: expect.stringMatching(/^shop has no @rpc\(\) method "ecko", did you mean "echo"\? \(it has echo, sell,/),
      hidden: expect.stringMatching(/^shop has no @rpc\(\) method "notForOthers"/),
      uncloneable: expect.stringMatching(/^shop\.echo: an argument cannot be copied to another thread/),
      result: expect.stringMatching(/^what shop\.giveFunction returned cannot be copied to another thread/),
      late: 'RpcTimeoutError',
    })
    await expect(shopOf(supervisor).sell()).rejects.toBeInstanceOf(RemoteError)
    await expect(supervisor.remote<Shop>('nobody').echo()).rejects.toBeInstanceOf(UnknownServiceError)
    expect(await counted(supervisor, 'sell')).toEqual({ failed: 2 })
    expect(await counted(supervisor, 'unknown')).toEqual({ refused: 4 })
    await stop()
  })

  it('a call of another service is aborted when its caller stops waiting', async () => {
    const { supervisor, log, stop } = await supervise(['calls.ts'])
    expect(await deskOf(supervisor).cancelled()).toBe('changed my mind')
    await expect(supervisor.remote<Shop>('shop', { timeout: '1s' }).wait()).rejects.toBeInstanceOf(RpcTimeoutError)
    // The abort of a timer's run also aborts the call that the run has made.
    const gone = await log.nth(3, { msg: 'caller has gone' })
    expect(gone).toMatchObject({ service: 'shop' })
    expect(await shopOf(supervisor).howManyAborted()).toBe(3)
    expect(await counted(supervisor, 'wait')).toEqual({ aborted: 2, timed_out: 1 })
    await stop()
  })

  it('a service may call itself, and two services may call each other in a cycle', async () => {
    const { supervisor, log, stop } = await supervise(['calls.ts'])
    expect(await shopOf(supervisor).callMyself('x')).toEqual(['myself', 'x'])
    const stack = await shopOf(supervisor).roundTrip(2)
    expect(stack.map((id) => id.replace(/#\d+$/, ''))).toEqual([
      'shop.roundTrip',
      'desk.back',
      'shop.roundTrip',
      'desk.back',
      'shop.roundTrip',
    ])
    const lines = log.matching({ msg: 'on the way', depth: 0 })
    expect(lines.at(-1)).toMatchObject({ callId: stack.at(-1), callStack: stack })
    const patrol = await log.nth(1, { msg: 'patrol' })
    expect(patrol.stack).toEqual([
      expect.stringMatching(/^desk\.patrol@\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expect.stringMatching(/^shop\.roundTrip#\d+$/),
    ])
    await stop()
  })

  it('ten thousand calls of another service can be in progress at once', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    expect(await deskOf(supervisor).many(10_000)).toBe(10_000)
    expect((await counted(supervisor, 'echo')).completed).toBeGreaterThanOrEqual(10_000)
    await stop()
  })

  it('a chain of calls ends at the deadline of its first caller', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    const ended = new Promise<RpcEnded>((resolve) => {
      supervisor.on('rpc.ended', (call) => call.method === 'slowly' && resolve(call))
    })
    const impatient = supervisor.remote<Desk>('desk', { timeout: '60ms' })
    await expect(impatient.ask('slowly', 30_000)).rejects.toMatchObject({ name: 'RpcTimeoutError', service: 'desk' })
    expect((await ended).outcome).toMatch(/^(timed_out|aborted)$/)
    await stop()
  })
})

describe('when the thread of a service ends', () => {
  it('when the thread of a service ends, its calls crash, and later ones wait until the next thread is up', async () => {
    const { supervisor, log, stop } = await supervise(['calls.ts'])
    const shop = shopOf(supervisor)
    const waiting = shop.wait()
    waiting.catch(() => {})
    await log.nth(1, { msg: 'waiting' })
    await expect(shop.leave()).rejects.toMatchObject({ name: 'ServiceCrashedError', code: 'ERR_RPC_CRASHED' })
    await expect(waiting).rejects.toThrow(/shop\.wait: its thread ended during the call/)
    expect(await shop.echo('again')).toEqual(['again'])
    expect(log.matching({ msg: 'call crashed' }).length).toBeGreaterThanOrEqual(2)
    await stop()
  })

  it('when the thread of a service ends, a call that waits for the next thread fails at its deadline', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    const exited = new Promise((resolve) => supervisor.on('thread.exited', resolve))
    await expect(shopOf(supervisor).leave()).rejects.toThrow('its thread ended')
    await exited
    await expect(supervisor.remote<Shop>('shop', { timeout: '5ms' }).echo(1)).rejects.toBeInstanceOf(RpcTimeoutError)
    expect(await shopOf(supervisor).echo(2)).toEqual([2])
    await stop()
  })

  it('a method that blocks its thread is killed at the time-out of its call, with and without hooks of providers', async () => {
    const { supervisor, log, stop } = await supervise(['hooked-calls.mjs'])
    const hooked = supervisor.remote<{ spin(): void; echo(value: number): number }>('hooked', { timeout: '100ms' })
    await expect(hooked.spin()).rejects.toBeInstanceOf(RpcTimeoutError)
    expect(await log.nth(1, { msg: 'thread died' })).toMatchObject({ services: ['hooked'], reason: 'killed' })
    expect(await withOptions(hooked, { timeout: '10s' }).echo(3)).toBe(3)
    await stop()
  })

  it('a method that blocks its thread is killed with the thread after its caller has stopped waiting', async () => {
    const { supervisor, log, stop } = await supervise(['calls.ts'])
    await expect(supervisor.remote<Shop>('shop', { timeout: '100ms' }).spin()).rejects.toBeInstanceOf(RpcTimeoutError)
    expect(await log.nth(1, { msg: 'thread died' })).toMatchObject({ services: ['shop'], reason: 'killed' })
    expect(await shopOf(supervisor).echo('back')).toEqual(['back'])
    await stop()
  })

  it('a stop waits for calls in progress, as it does for runs', async () => {
    const { supervisor, stop } = await supervise(['calls.ts'])
    const slow = shopOf(supervisor).slowly(300)
    await shopOf(supervisor).echo()
    const stopping = stop()
    await expect(shopOf(supervisor).echo()).rejects.toMatchObject({ code: 'ERR_RPC_STOPPING' })
    expect(await slow).toBe(300)
    await stopping
  })

  it('a caller gets an error when the thread that serves its call is stopped', async () => {
    const config = { escapement: { shutdown: { drain: '100ms' } } }
    const { supervisor, log, stop } = await supervise(['calls.ts'], { config })
    const waiting = shopOf(supervisor).wait()
    waiting.catch(() => {})
    await log.nth(1, { msg: 'waiting' })
    await stop()
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_RPC_(CRASHED|STOPPING)$/) })
    await expect(shopOf(supervisor).echo()).rejects.toMatchObject({ code: 'ERR_RPC_STOPPING' })
  })
})
