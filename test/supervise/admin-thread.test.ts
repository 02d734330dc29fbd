/** The numbers in the titles are those of the invariants in supervise/admin/admin-thread.ts. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UsageError } from '../../src/kernel/errors.js'
import { AdminCounts } from '../../src/observe/admin-counts.js'
import type { AdminSetup, FixedServing, FromAdmin, ToAdmin } from '../../src/observe/admin-protocol.js'
import type { Change } from '../../src/observe/changes/change.js'
import { OutputSender } from '../../src/observe/output/output-sender.js'
import { type AdminSource, AdminThread } from '../../src/supervise/admin/admin-thread.js'
import type { AdminWorker } from '../../src/supervise/admin/spawn-admin.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SERVING = { host: 'x', port: 0 } as FixedServing
const HEALTHY = { live: true, ready: true, problems: [] }
const SOURCE: AdminSource = {
  changes: () => [],
  pauses: () => [],
  answer: () => ({ about: 'health', health: HEALTHY }),
}
const TOLD = { ...SERVING, port: 1234, changes: [], pauses: [] }
const IN_USE = {
  name: 'UsageError',
  message: 'it is taken',
  code: 'ERR_PORT_IN_USE',
  cause: { name: 'Error', message: 'in use', code: 'EADDRINUSE' },
}

class FakeWorker implements AdminWorker {
  readonly exited: Promise<Error | undefined>
  readonly messages: ToAdmin[] = []
  keepsProcess = true
  exit!: (error?: Error) => void

  readonly say: (message: FromAdmin) => void

  constructor(say: (message: FromAdmin) => void) {
    this.say = say
    this.exited = new Promise((resolve) => {
      this.exit = resolve
    })
  }

  post(message: ToAdmin): void {
    this.messages.push(message)
    if (message.kind === 'output') onTestFinished(() => message.connection.port.close())
  }

  unref(): void {
    this.keepsProcess = false
  }

  /** What has come over all connections, in the order of the connections. */
  received(): unknown[] {
    const ports = this.messages.flatMap((message) => (message.kind === 'output' ? [message.connection.port] : []))
    return ports.flatMap(drain)
  }
}

function drain(port: MessagePort): unknown[] {
  const messages: unknown[] = []
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    messages.push(next.message.message)
  return messages
}

function scene({ failures = 0 } = {}) {
  const clock = new VirtualClock()
  const workers: FakeWorker[] = []
  const setups: AdminSetup[] = []
  const problems: string[] = []
  const died: { err?: Error; restartIn: number }[] = []
  let left = failures
  const admin = new AdminThread({
    spawn(setup, onMessage) {
      setups.push(setup)
      if (left-- > 0) throw new Error('no more threads')
      const worker = new FakeWorker(onMessage)
      workers.push(worker)
      return worker
    },
    clock,
    logLevel: 'info',
    onDied: (death) => died.push(death),
    onProblem: (text) => problems.push(text),
    willServe: true,
  })
  return { clock, workers, setups, died, problems, admin, settle: () => clock.advance(0) }
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

  it('2. goes on counting where the thread before it has ended', async () => {
    const { clock, workers, setups, settle } = scene()
    const before = new AdminCounts(setups[0]!.counts)
    before.notification('sent')
    before.heartbeat('withheld')
    before.readerDropped()
    workers[0]!.exit()
    await settle()
    await clock.advance(150_000)
    const after = new AdminCounts(setups[1]!.counts)
    after.notification('sent')
    expect([after.notifications('sent'), after.notifications('lost')]).toEqual([2, 0])
    expect([after.heartbeats('withheld'), after.heartbeats('sent'), after.readersDropped]).toEqual([1, 0, 1])
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
    const closed = admin.close(500_000, 'exit').then(() => {
      isClosed = true
    })
    expect(workers[0]!.messages.at(-1)).toEqual({ kind: 'end', withinMs: 500, afterwards: 'exit' })
    await clock.advance(590_000)
    expect([isClosed, workers[0]!.keepsProcess]).toEqual([false, true])
    await clock.advance(20_000)
    await closed
    expect(workers[0]!.keepsProcess).toBe(false)
  })

  it('1. ends each close only when the thread has ended, also when it was closed twice', async () => {
    const { workers, admin, settle } = scene()
    let closed = 0
    for (const _ of [1, 2]) void admin.close(500_000, 'exit').then(() => closed++)
    await settle()
    expect(closed).toBe(0)
    workers[0]!.exit()
    await settle()
    expect(closed).toBe(2)
  })

  it('1. is not replaced once it has been closed', async () => {
    const { clock, workers, died, admin } = scene()
    const closed = admin.close(500_000, 'exit')
    workers[0]!.exit()
    await closed
    await admin.close(500_000, 'exit')
    await clock.advance(60_000_000)
    expect([workers.length, died]).toEqual([1, []])
  })

  it('5. has written everything and does not keep the process once it is closed to stay', async () => {
    const { workers, admin, settle } = scene()
    let isClosed = false
    const closed = admin.close(500_000, 'stay').then(() => {
      isClosed = true
    })
    const [worker] = workers
    expect(worker!.messages.at(-1)).toMatchObject({ kind: 'end', afterwards: 'stay' })
    await settle()
    expect([isClosed, worker!.keepsProcess]).toEqual([false, true])
    worker!.say({ kind: 'ended' })
    await closed
    expect(worker!.keepsProcess).toBe(false)
  })

  it('5. is not ended when it is closed to stay and does not answer in time', async () => {
    const { clock, workers, admin } = scene()
    const closed = admin.close(500_000, 'stay')
    await clock.advance(610_000)
    await closed
    expect(workers[0]!.keepsProcess).toBe(false)
  })

  it('3. resolves to the URL when the thread listens, and gives a new thread the same port', async () => {
    const { clock, workers, problems, admin, settle } = scene()
    const url = admin.serve(SERVING, SOURCE)
    workers[0]!.say({ kind: 'listening', port: 1234, url: 'http://x:1234' })
    expect(await url).toBe('http://x:1234')
    workers[0]!.exit()
    await settle()
    await clock.advance(150_000)
    expect(workers[1]!.messages.at(-1)).toEqual({ kind: 'serve', serving: TOLD })
    workers[1]!.say({ kind: 'not_listening', error: IN_USE })
    expect(problems).toEqual(['metrics and health are not served'])
    const before = workers[1]!.messages.length
    await clock.advance(1_100_000)
    expect(workers[1]!.messages.slice(before)).toEqual([{ kind: 'serve', serving: TOLD }])
  })

  it('3. rejects with the error of the address when the thread cannot listen the first time', async () => {
    const { workers, admin } = scene()
    const url = admin.serve(SERVING, SOURCE)
    workers[0]!.say({ kind: 'not_listening', error: IN_USE })
    const error = await url.catch((thrown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'ERR_PORT_IN_USE', message: 'it is taken', cause: { code: 'EADDRINUSE' } })
  })

  it('1. does not let a start wait for ever for a thread that dies again and again', async () => {
    const { clock, admin } = scene({ failures: 100 })
    const url = admin.serve(SERVING, SOURCE).catch((thrown) => thrown)
    await clock.advance(60_000_000)
    expect(await url).toMatchObject({ code: 'ERR_ADMIN_THREAD', cause: { message: 'no more threads' } })
    await admin.close(0, 'exit')
  })

  it('answers what the thread asks, under the number of the question', () => {
    const { workers, admin } = scene()
    void admin.serve(SERVING, SOURCE)
    workers[0]!.say({ kind: 'question', id: 7, about: 'health' })
    const answer = { about: 'health', health: HEALTHY }
    expect(workers[0]!.messages.at(-1)).toEqual({ kind: 'answer', id: 7, answer })
  })

  it('tells each thread every change and pause once: before it serves with what it serves, later one by one', async () => {
    const { clock, workers, admin, settle } = scene()
    const changes: Change[] = []
    const change = (text: string) => {
      const made: Change = { at: 0, kind: 'clock', level: 'ok', text }
      changes.push(made)
      admin.changed(made)
    }
    const told = ({ messages }: FakeWorker) =>
      messages.flatMap((message): unknown[] => {
        if (message.kind === 'serve') return [message.serving.changes.map(({ text }) => text)]
        return message.kind === 'change' ? [message.change.text] : message.kind === 'pauses' ? ['pauses'] : []
      })
    await settle()
    change('before it serves')
    admin.pausesChanged([])
    void admin.serve(SERVING, { ...SOURCE, changes: () => [...changes] })
    change('while it serves')
    admin.pausesChanged([])
    expect(told(workers[0]!)).toEqual([['before it serves'], 'while it serves', 'pauses'])
    workers[0]!.exit()
    await settle()
    change('while there is none')
    await clock.advance(150_000)
    change('with the next one')
    expect(told(workers[1]!)).toEqual([
      ['before it serves', 'while it serves', 'while there is none'],
      'with the next one',
    ])
  })

  it('counts lines as dropped for want of an admin thread while there is none', async () => {
    const { workers, admin, settle } = scene()
    workers[0]!.exit()
    await settle()
    const line = `${'x'.repeat(5 * 2 ** 20)}\n`
    for (let sent = 0; sent < 3; sent++) admin.output.sendLine(line)
    expect(admin.memory.drops('no_admin_thread')).toBe(2)
    await admin.close(0, 'exit')
  })
})
