/** The numbers in the titles are those of the invariants in supervise/admin/admin-thread.ts. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ToAdmin } from '../../src/kernel/admin-protocol.js'
import { OutputSender } from '../../src/observe/output/output-sender.js'
import { AdminThread } from '../../src/supervise/admin/admin-thread.js'
import type { AdminWorker } from '../../src/supervise/admin/spawn-admin.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

class FakeWorker implements AdminWorker {
  readonly exited: Promise<Error | undefined>
  readonly messages: ToAdmin[] = []
  isTerminated = false
  exit!: (error?: Error) => void

  constructor() {
    this.exited = new Promise((resolve) => {
      this.exit = resolve
    })
  }

  post(message: ToAdmin): void {
    this.messages.push(message)
    if (message.kind === 'output') onTestFinished(() => message.connection.port.close())
  }

  terminate(): void {
    this.isTerminated = true
    this.exit()
  }

  /** What has come over all connections, in the order of the connections. */
  received(): unknown[] {
    const ports = this.messages.flatMap((message) => (message.kind === 'output' ? [message.connection.port] : []))
    return ports.flatMap(drain)
  }
}

function drain(port: MessagePort): unknown[] {
  const messages: unknown[] = []
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) messages.push(next.message)
  return messages
}

function scene({ failures = 0 } = {}) {
  const clock = new VirtualClock()
  const workers: FakeWorker[] = []
  const died: { err?: Error; restartIn: number }[] = []
  let left = failures
  const admin = new AdminThread({
    spawn() {
      if (left-- > 0) throw new Error('no more threads')
      const worker = new FakeWorker()
      workers.push(worker)
      return worker
    },
    clock,
    logLevel: 'info',
    onDied: (death) => died.push(death),
  })
  return { clock, workers, died, admin, settle: () => clock.advance(0) }
}

describe('the admin thread, seen from the main thread', () => {
  it('2. is replaced when it dies, and every sender goes on with the new one', async () => {
    const { clock, workers, died, admin, settle } = scene()
    const host = new OutputSender()
    const remove = admin.addSender((connection) => host.connect(connection))
    admin.output.sendLine('main 1\n')
    host.sendLine('host 1\n')
    expect(workers[0]!.received()).toEqual(['main 1\n', 'host 1\n'])
    workers[0]!.exit(new Error('out of memory'))
    await settle()
    host.sendLine('host 2\n')
    await clock.advance(150_000)
    expect(workers).toHaveLength(2)
    expect(workers[1]!.received()).toEqual(['main 1\n', 'host 1\n', 'host 2\n'])
    expect(died).toMatchObject([{ err: { message: 'out of memory' } }])
    remove()
    workers[1]!.exit()
    await settle()
    await clock.advance(1_000_000)
    expect(workers[2]!.received()).toEqual(['main 1\n'])
  })

  it('2. is tried again after a longer and longer time when it cannot be started', async () => {
    const { clock, workers, died, admin } = scene({ failures: 3 })
    admin.output.sendLine('kept\n')
    await clock.advance(2_000_000)
    expect(workers).toHaveLength(1)
    expect(workers[0]!.received()).toEqual(['kept\n'])
    const [first, second, third] = died.map(({ restartIn }) => restartIn)
    expect(second! / first!).toBeGreaterThan(1.3)
    expect(third! / second!).toBeGreaterThan(1.3)
  })

  it('1. lets its close wait only for a bounded time', async () => {
    const { clock, workers, admin } = scene()
    let isClosed = false
    const closed = admin.close(500_000).then(() => {
      isClosed = true
    })
    expect(workers[0]!.messages.at(-1)).toEqual({ kind: 'end', withinMs: 500 })
    await clock.advance(590_000)
    expect([isClosed, workers[0]!.isTerminated]).toEqual([false, false])
    await clock.advance(20_000)
    await closed
    expect(workers[0]!.isTerminated).toBe(true)
  })

  it('1. is not replaced once it has been closed', async () => {
    const { clock, workers, died, admin } = scene()
    const closed = admin.close(500_000)
    workers[0]!.exit()
    await closed
    await admin.close(500_000)
    await clock.advance(60_000_000)
    expect([workers.length, died]).toEqual([1, []])
  })

  it('counts lines as dropped for want of an admin thread while there is none', async () => {
    const { workers, admin, settle } = scene()
    workers[0]!.exit()
    await settle()
    const line = `${'x'.repeat(5 * 2 ** 20)}\n`
    for (let sent = 0; sent < 3; sent++) admin.output.sendLine(line)
    expect(admin.memory.drops('no_admin_thread')).toBe(2)
    await admin.close(0)
  })
})
