/** The numbers are those of the invariants in src/admin/api/event-stream.ts. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MOST_READERS } from '../../../src/admin/api/limits.js'
import { CHANGE, IDS, statusOf } from './fake-views.js'
import { type Served, serve } from './serve.js'

/** Opens the stream and returns the next `count` events on each call. */
async function open({ address }: Served, headers: Record<string, string> = {}) {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const response = await fetch(`${address.url}/api/events`, { headers, signal: controller.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (count: number): Promise<{ event: string; data: unknown }[]> => {
    while (text.split('\n\n').length <= count) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`the stream ended after ${text}`)
      text += value
    }
    const parts = text.split('\n\n')
    text = parts.slice(count).join('\n\n')
    return parts.slice(0, count).map((part) => {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part)!
      return { event: event!, data: JSON.parse(data!) }
    })
  }
  return { response, next, close: () => controller.abort() }
}

/** A reader that never reads. */
async function stall({ address }: Served): Promise<Socket> {
  const socket = connect(address.port, '127.0.0.1').pause()
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  return socket
}

const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the event stream', () => {
  it('begins with the ids of entrypoints and the status, and goes on with ticks and changes', async () => {
    const server = await serve()
    const { response, next } = await open(server)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await next(2)).toEqual([
      { event: 'hello', data: { entrypoints: IDS, ends: server.views.ends } },
      { event: 'status', data: statusOf(false) },
    ])
    server.views.tick([[0, 5, 1, 1, 12, 4_500]])
    server.views.change(CHANGE)
    expect(await next(2)).toEqual([
      { event: 'ticks', data: { at: server.clock.wallNow(), cells: [[0, 5, 1, 1, 12, 4_500]] } },
      { event: 'change', data: CHANGE },
    ])
    await server.clock.advance(2_000_000)
    expect(await next(1)).toEqual([{ event: 'status', data: statusOf(false) }])
  })

  it('tells each reader whether it may control', async () => {
    const token = 'control-0123456789'
    const server = await serve({ token })
    const [reader, controller] = [await open(server), await open(server, { authorization: `Bearer ${token}` })]
    expect((await reader.next(2))[1]!.data).toMatchObject({ canControl: false })
    expect((await controller.next(2))[1]!.data).toMatchObject({ canControl: true })
  })

  it('1: a reader that does not read is dropped and counted, and the others miss nothing', async () => {
    const server = await serve()
    const stalled = await stall(server)
    const { next } = await open(server)
    await next(2)
    await until(() => server.views.ticksListeners.size === 1)
    const cells = Array.from({ length: 2_000 }, (_, index) => [0, index, 1, 1, null, null] as const)
    let sent = 0
    while (server.dropped.count === 0) {
      server.views.tick(cells)
      sent += 1
      expect(await next(1)).toMatchObject([{ event: 'ticks' }])
      expect(sent).toBeLessThan(5_000)
    }
    stalled.resume()
    await once(stalled, 'close')
    expect(server.dropped.count).toBe(1)
    server.views.change(CHANGE)
    expect(await next(1)).toEqual([{ event: 'change', data: CHANGE }])
  })

  it('2: takes only so many readers, and another one when one has gone', async () => {
    const server = await serve()
    const readers = await Promise.all(Array.from({ length: MOST_READERS }, () => open(server)))
    const refused = await fetch(`${server.address.url}/api/events`)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ code: 'ERR_TOO_MANY_READERS' })
    readers[0]!.close()
    let status = 0
    while (status !== 200) {
      const controller = new AbortController()
      onTestFinished(() => controller.abort())
      status = (await fetch(`${server.address.url}/api/events`, { signal: controller.signal })).status
    }
  })

  it('3: does nothing while nobody reads', async () => {
    const server = await serve()
    const { next, close } = await open(server)
    await next(2)
    expect([server.views.ticksListeners.size, server.views.changeListeners.size]).toEqual([1, 1])
    close()
    await until(() => server.views.ticksListeners.size === 0)
    expect(server.views.changeListeners.size).toBe(0)
    const { statusAsked } = server.views
    await server.clock.advance(10_000_000)
    expect(server.views.statusAsked).toBe(statusAsked)
  })

  it('ends with the server', async () => {
    const server = await serve()
    const { next } = await open(server)
    await next(2)
    await server.close()
    await expect(next(1)).rejects.toThrow()
    expect(server.views.ticksListeners.size).toBe(0)
  })
})
