/** `escapement top` in a terminal, against a server with fixed answers. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { expect, it, onTestFinished, vi } from 'vitest'
import { top } from '../../src/cli/online/top.js'
import { FakeViews } from '../admin/api/fake-views.js'

const HOME = '\u001b[H'

/** A terminal of 20 rows and 60 columns in place of standard output. */
function terminal() {
  let text = ''
  const watchers = new Set<() => void>()
  const screen = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      for (const watch of watchers) watch()
      done()
    },
  })
  Object.assign(screen, { isTTY: true, rows: 20, columns: 60 })
  const own = Object.getOwnPropertyDescriptor(process, 'stdout')!
  Object.defineProperty(process, 'stdout', { value: screen, configurable: true })
  onTestFinished(() => void Object.defineProperty(process, 'stdout', own))
  const frames = () => text.split(HOME).slice(1)
  return {
    frames,
    text: () => text,
    drawn: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => frames().length >= count && resolve()
        watchers.add(look)
        look()
      }),
  }
}

it('top draws over itself again and again, within the terminal, and gives the screen back at the end', async () => {
  const views = new FakeViews()
  const server = createServer(async (request, reply) => {
    const answer = request.url!.startsWith('/api/status') ? await views.status(false) : await views.entrypoints({})
    reply.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await vi.waitFor(() => expect(server.listening).toBe(true))
  const screen = terminal()
  const ended = top({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  await screen.drawn(2)
  process.emit('SIGINT')
  expect(await ended).toBe(0)
  const [first, second] = screen.frames()
  for (const frame of [first!, second!]) {
    const lines = frame.split('\u001b[J')[0]!.replaceAll('\u001b[K', '').split('\r\n')
    expect(lines.length).toBeLessThanOrEqual(19)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60)
    expect(frame).toContain('mail.send')
  }
  expect(screen.text().startsWith('\u001b[?1049h')).toBe(true)
  expect(screen.text().endsWith('\u001b[?1049l')).toBe(true)
})
