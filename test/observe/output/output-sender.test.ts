/** The numbers in the titles are those of the invariants in output-sender.ts. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { OutputMemory } from '../../../src/kernel/output/output-memory.js'
import { DONE_BYTES, LANES, type LaneName, type OutputMessage } from '../../../src/kernel/output/output-protocol.js'
import { OutputSender } from '../../../src/observe/output/output-sender.js'

const RUN = { entrypoint: 'svc.work', sequence: 7 }
const ERROR = { name: 'Error', message: 'no' }

/** The other end of a connection, as an admin thread has it. */
function connect(sender: OutputSender, memory: OutputMemory) {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const done = new SharedArrayBuffer(DONE_BYTES)
  sender.connect({ port: port2, done, memory: memory.buffer })
  return {
    receive(): OutputMessage[] {
      const messages: OutputMessage[] = []
      for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1))
        messages.push(next.message.message)
      return messages
    },
    done: (lane: LaneName, count: number) => void Atomics.add(new Int32Array(done), LANES.indexOf(lane), count),
  }
}

describe('a sender of output', () => {
  it('1. sends each line at once, also those from before there was a connection', () => {
    const [sender, memory] = [new OutputSender(), new OutputMemory()]
    sender.sendLine('early\n')
    const { receive } = connect(sender, memory)
    sender.sendLine('late\n')
    sender.sendChunk('stderr', 'part')
    expect(receive()).toEqual(['early\n', 'late\n', { stream: 'stderr', text: 'part' }])
  })

  it('2. sends over a new connection what the lost admin thread had not counted as done', () => {
    const [sender, memory] = [new OutputSender(), new OutputMemory()]
    const first = connect(sender, memory)
    for (let line = 0; line < 5; line++) sender.sendLine(`${line}\n`)
    sender.sendChunk('stderr', 'e')
    first.done('stdout', 3)
    const second = connect(sender, memory)
    expect(second.receive()).toEqual(['3\n', '4\n', { stream: 'stderr', text: 'e' }])
    second.done('stdout', 1)
    expect(connect(sender, memory).receive()).toEqual(['4\n', { stream: 'stderr', text: 'e' }])
  })

  it('2. goes on when the count of done messages wraps around', () => {
    const [sender, memory] = [new OutputSender(), new OutputMemory()]
    const { done } = connect(sender, memory)
    for (let line = 0; line < 3_000; line++) {
      sender.sendLine('x\n')
      done('stdout', 1)
    }
    sender.sendLine('last\n')
    expect(sender.takeKept()).toEqual(['last\n'])
    expect(sender.takeKept()).toEqual([])
  })

  it('3. drops and counts what comes beyond the limit, for each stream by itself', () => {
    const [memory, sender] = [new OutputMemory(), new OutputSender(undefined, { mostCharacters: 10 })]
    const { receive, done } = connect(sender, memory)
    sender.sendLine('longer than the limit\n')
    sender.sendLine('dropped\n')
    memory.setObstacle('stdout', 'no_space')
    sender.sendLine('dropped, too\n')
    sender.sendChunk('stderr', 'other stream')
    expect([memory.drops('slow_reader'), memory.drops('no_space')]).toEqual([1, 1])
    done('stdout', 1)
    sender.sendLine('goes on\n')
    expect(receive()).toEqual(['longer than the limit\n', { stream: 'stderr', text: 'other stream' }, 'goes on\n'])
  })

  it('1. sends a line with the run that has written it, and notes about runs', () => {
    const [sender, memory] = [new OutputSender(), new OutputMemory()]
    const { receive } = connect(sender, memory)
    sender.sendLine('line\n', RUN)
    sender.sendChunk('stdout', 'part', RUN)
    sender.noteError({ ...RUN, error: ERROR })
    sender.noteLine({ ...RUN, line: 'elsewhere' })
    expect(receive()).toEqual([
      { line: 'line\n', run: RUN },
      { stream: 'stdout', text: 'part', run: RUN },
      { note: 'error', about: { ...RUN, error: ERROR } },
      { note: 'line', about: { ...RUN, line: 'elsewhere' } },
    ])
  })

  it('2. counts notes by themselves, so that a note that is done does not end the keeping of a line that is not', () => {
    const [sender, memory] = [new OutputSender(), new OutputMemory()]
    const { done } = connect(sender, memory)
    sender.sendLine('line\n', RUN)
    sender.noteError({ ...RUN, error: ERROR })
    done('notes', 1)
    expect(connect(sender, memory).receive()).toEqual([{ line: 'line\n', run: RUN }])
    sender.noteError({ ...RUN, error: ERROR })
    expect(connect(sender, memory).receive()).toHaveLength(2)
    expect(sender.takeKept()).toEqual([{ line: 'line\n', run: RUN }])
  })

  it('3. drops and counts notes beyond their limit, and no lines for them', () => {
    const [memory, sender] = [new OutputMemory(), new OutputSender(undefined, { mostNoteCharacters: 40 })]
    const { receive } = connect(sender, memory)
    const cause = { name: 'Error', message: 'x'.repeat(20) }
    for (let note = 0; note < 5; note++) sender.noteError({ ...RUN, error: { ...ERROR, stack: 'y'.repeat(10), cause } })
    for (let line = 0; line < 5; line++) sender.sendLine('line\n', RUN)
    expect(receive()).toHaveLength(6)
    expect([memory.droppedNotes, memory.drops('slow_reader')]).toEqual([4, 0])
  })
})
