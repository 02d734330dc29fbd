import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EarlyNotes } from '../../../src/admin/output/early-notes.js'
import { OutputIntake } from '../../../src/admin/output/output-intake.js'
import type { WaitingLine } from '../../../src/admin/output/stream-writer.js'
import { OutputMemory } from '../../../src/kernel/output/output-memory.js'
import { DONE_BYTES } from '../../../src/kernel/output/output-protocol.js'
import type { RunNotes } from '../../../src/kernel/output/run-notes.js'
import { OutputSender } from '../../../src/observe/output/output-sender.js'

const RUN = { entrypoint: 'svc.work', sequence: 7 }
const ERROR = { name: 'Error', message: 'no' }

function scene({ senders: count = 1 } = {}) {
  const written: string[] = []
  const told: unknown[] = []
  const writer = {
    add({ bytes, settle }: WaitingLine) {
      written.push(Buffer.from(bytes).toString())
      settle()
    },
  }
  const notes: RunNotes = { error: (note) => void told.push(note), line: (note) => void told.push(note) }
  const memory = new OutputMemory()
  const intake = new OutputIntake({
    writers: { stdout: writer, stderr: writer },
    format: (line) => line,
    notes,
    memory,
    now: () => 0,
    nextTurn: setImmediate,
  })
  const connected = Array.from({ length: count }, () => {
    const sender = new OutputSender()
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const done = new SharedArrayBuffer(DONE_BYTES)
    intake.connect({ port: port1, done })
    sender.connect({ port: port2, done, memory: memory.buffer })
    return { sender, port: port2, done: new Int32Array(done) }
  })
  const { sender, done } = connected[0]!
  return { intake, sender, connected, written, told, done }
}

describe('the intake of output', () => {
  it('writes the same bytes whether a line names its run or not', () => {
    const { intake, sender, written } = scene()
    for (const run of [undefined, RUN]) {
      sender.sendChunk('stdout', 'a piece, ', run)
      sender.sendLine('{"msg":"a log line"}\n', run)
      sender.sendChunk('stderr', 'two\nlines\n', run)
      sender.sendChunk('stderr', Buffer.from([0xc3, 0xa9, 10]), run)
    }
    intake.end()
    expect(written).toHaveLength(8)
    expect(written.slice(4)).toEqual(written.slice(0, 4))
  })

  it('tells which run has written what, without the last line end, and the errors of runs', () => {
    const { intake, sender, written, told, done } = scene()
    sender.sendLine('outside of runs\n')
    sender.sendLine('{"msg":"a log line"}\n', RUN)
    sender.sendChunk('stdout', 'console', RUN)
    sender.sendChunk('stdout', Buffer.from('bytes\n'), RUN)
    sender.noteLine({ ...RUN, line: 'written elsewhere' })
    sender.noteError({ ...RUN, error: ERROR })
    intake.end()
    expect(told).toEqual([
      { ...RUN, line: '{"msg":"a log line"}' },
      { ...RUN, line: 'console' },
      { ...RUN, line: 'bytes' },
      { ...RUN, line: 'written elsewhere' },
      { ...RUN, error: ERROR },
    ])
    expect(written.join('')).toBe('outside of runs\n{"msg":"a log line"}\nconsolebytes\n')
    // Each lane counts what is done of it: two lines and two pieces, nothing, two notes.
    expect([...done]).toEqual([4, 0, 2])
  })

  it('writes what several threads have sent in the order in which they sent it', async () => {
    const { connected, written } = scene({ senders: 3 })
    const sent = Array.from({ length: 300 }, (_, line) => `${line}\n`)
    // The thread that was connected last sends first, so that the event loop does not find this order by itself.
    for (const [index, line] of sent.entries()) connected[2 - (index % 3)]!.sender.sendLine(line)
    await expect.poll(() => written.length).toBe(sent.length)
    expect(written).toEqual(sent)
  })

  it('writes everything that an ended thread has sent, with a line end', async () => {
    const { connected, written } = scene({ senders: 2 })
    connected[1]!.sender.sendLine('whole\n')
    connected[1]!.sender.sendChunk('stderr', 'a piece')
    connected[1]!.port.close()
    await expect.poll(() => written).toEqual(['whole\n', 'a piece\n'])
  })
})

describe('notes about runs that come before the history is there', () => {
  it('are passed on when it is, in their order, before those that come later', () => {
    const told: unknown[] = []
    const early = new EarlyNotes(() => {})
    early.line({ ...RUN, line: 'first' })
    early.error({ ...RUN, error: ERROR })
    early.passTo({ error: () => told.push('error'), line: ({ line }) => told.push(line) })
    early.line({ ...RUN, line: 'last' })
    expect(told).toEqual(['first', 'error', 'last'])
  })

  it('are counted as dropped beyond the first 1,000', () => {
    let dropped = 0
    let told = 0
    const early = new EarlyNotes(() => dropped++)
    for (let note = 0; note < 1_500; note++) early.line({ ...RUN, line: 'x' })
    early.passTo({ error: () => {}, line: () => told++ })
    expect([told, dropped]).toEqual([1_000, 500])
  })
})
