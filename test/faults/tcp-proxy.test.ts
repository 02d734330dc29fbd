import { EventEmitter, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { TcpProxy } from './support/tcp-proxy.js'

let proxy: TcpProxy
let received: string
const arrivals = new EventEmitter()

/** Answers everything with itself in capitals. */
beforeEach(async () => {
  received = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk
      arrivals.emit('text')
      socket.write(String(chunk).toUpperCase())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const opened = await TcpProxy.open((server.address() as AddressInfo).port)
  proxy = opened
  return async () => {
    await opened.close()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
})

function client(): Socket {
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

async function answer(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data')
  return String(chunk)
}

async function arrived(text: string): Promise<void> {
  while (!received.includes(text)) await once(arrivals, 'text')
}

/** Whether nothing is heard for a while. */
async function isSilent(socket: Socket): Promise<boolean> {
  const heard = await Promise.race([
    once(socket, 'data').then(() => true),
    new Promise((resolve) => setTimeout(() => resolve(false), 100)),
  ])
  return heard === false
}

describe('the proxy', () => {
  it('passes requests and answers', async () => {
    const socket = client()
    socket.write('one')
    expect(await answer(socket)).toBe('ONE')
  })

  it('delays both ways, and keeps the order when the delay is taken away', async () => {
    const socket = client()
    socket.write('a')
    await answer(socket)
    proxy.delay(100)
    const askedAt = performance.now()
    socket.write('b')
    expect(await answer(socket)).toBe('B')
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(195)
    socket.write('c')
    await arrived('c')
    proxy.pass()
    socket.write('d')
    let text = await answer(socket)
    while (text.length < 2) text += await answer(socket)
    expect(text).toBe('CD')
  })

  it('drops connections, and those that are made while it does', async () => {
    const socket = client()
    socket.write('one')
    await answer(socket)
    const closed = once(socket, 'close')
    proxy.drop()
    await closed
    await once(client(), 'close')
    proxy.pass()
    const again = client()
    again.write('two')
    expect(await answer(again)).toBe('TWO')
  })

  it('swallows requests on connections old and new, and cuts these when it is over', async () => {
    const old = client()
    old.write('one')
    await answer(old)
    proxy.swallow()
    const fresh = client()
    await once(fresh, 'connect')
    for (const socket of [old, fresh]) {
      socket.write('lost')
      expect(await isSilent(socket)).toBe(true)
    }
    const closed = Promise.all([once(old, 'close'), once(fresh, 'close')])
    proxy.pass()
    await closed
    expect(received).toBe('one')
  })

  it('mute, lets requests through and no answers', async () => {
    const socket = client()
    socket.write('one')
    await answer(socket)
    proxy.mute()
    socket.write('applied')
    await arrived('applied')
    expect(await isSilent(socket)).toBe(true)
    const closed = once(socket, 'close')
    proxy.pass()
    await closed
    const again = client()
    again.write('two')
    expect(await answer(again)).toBe('TWO')
  })
})
