import dns from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { EtcdConnections, NotConnectedError } from '../../src/coordinate/stores/etcd-connections.js'
import { type Clock, systemClock } from '../../src/kernel/clock.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { freePort } from '../support/servers/server-process.js'
import { patient } from './store-contract.js'
import { until } from './until.js'

type Lookup = (host: string, options: object, callback: (error: null, addresses: object[]) => void) => void

/** Names are looked up when the test says so. */
function heldLookups() {
  const held: (() => void)[] = []
  let count = 0
  const lookup: Lookup = (_host, _options, callback) => {
    count += 1
    held.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]))
  }
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(lookup as never)
  onTestFinished(() => spy.mockRestore())
  return {
    count: () => count,
    release: () => {
      for (const answer of held.splice(0)) answer()
    },
  }
}

async function startServer() {
  let connections = 0
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end('{}'))
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { endpoint: `http://localhost:${(server.address() as AddressInfo).port}`, connections: () => connections }
}

function open(endpoint: string, clock: Clock = systemClock()) {
  const connections = new EtcdConnections(endpoint, clock)
  onTestFinished(() => connections.close())
  return async (signal: AbortSignal) => {
    const response = await connections.send({ method: 'POST', path: '/', body: '{}' }, signal)
    response.resume()
    await new Promise((resolve) => response.once('end', resolve))
    return response.statusCode
  }
}

describe('the connections to an endpoint of etcd', () => {
  it('the connections to an endpoint of etcd are opened for as long as it takes, and kept for the next request, though each request gives up earlier', async () => {
    const { endpoint, connections } = await startServer()
    const lookups = heldLookups()
    const post = open(endpoint)
    for (let request = 0; request < 10; request++) {
      const reason = new Error('given up')
      const controller = new AbortController()
      const answer = post(controller.signal)
      controller.abort(reason)
      await expect(answer).rejects.toBe(reason)
    }
    expect(lookups.count()).toBe(2)
    lookups.release()
    await until(connections, (count) => count === 2)
    expect(await post(patient)).toBe(200)
    expect(await post(patient)).toBe(200)
    expect([lookups.count(), connections()]).toEqual([2, 2])
  })

  it('the connections to an endpoint of etcd are shared by requests that wait for them', async () => {
    const { endpoint } = await startServer()
    const lookups = heldLookups()
    const post = open(endpoint)
    const answers = Promise.all(Array.from({ length: 5 }, () => post(patient)))
    await until(lookups.count, (count) => count === 2)
    const released = setInterval(lookups.release, 5)
    onTestFinished(() => clearInterval(released))
    expect(await answers).toEqual([200, 200, 200, 200, 200])
  })

  it('the connections to an endpoint of etcd that cannot be opened are told apart from requests that may have arrived', async () => {
    const post = open(`http://localhost:${await freePort()}`)
    const failure = await post(patient).catch((error) => error)
    expect(failure).toBeInstanceOf(NotConnectedError)
    expect(failure.message).toContain('ECONNREFUSED')
  })

  it('the connections to an endpoint of etcd that are not opened within 30 s are given up', async () => {
    const { endpoint } = await startServer()
    heldLookups()
    const clock = new VirtualClock()
    const failure = open(endpoint, clock)(patient).catch((error) => error)
    await clock.advance(30_000_000)
    expect((await failure).message).toContain('no connection within 30 s')
  })
})
