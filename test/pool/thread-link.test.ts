import { MessagePort } from 'node:worker_threads'
import { expect, it, vi } from 'vitest'
import { ThreadBlock } from '../../src/pool/thread-block.js'
import { ThreadLink } from '../../src/pool/thread-link.js'

const CALL = {
  kind: 'call',
  id: 1,
  call: { service: 'users', method: 'find', deadline: 10_000_000 },
} as unknown as Parameters<ThreadLink['post']>[0]

it('a call that the thread reads before the main thread goes on is not awaited for ever (hang watch, invariant 1)', () => {
  const block = ThreadBlock.withRecords(1)
  const link = new ThreadLink({
    block,
    clock: { now: () => 0 },
    handler: { opened() {}, take() {}, ended() {} },
    kill() {},
    onCall() {},
    onCallEnded() {},
    onRunsEnded() {},
  })
  // The thread is faster than the main thread: it has read the message when `postMessage` returns.
  const posting = vi.spyOn(MessagePort.prototype, 'postMessage').mockImplementation(() => block.readCall())
  try {
    link.post(CALL)
    link.post(CALL)
    expect(posting).toHaveBeenCalledTimes(2)
  } finally {
    posting.mockRestore()
  }
  expect([...link.awaited]).toEqual([])
  link.post(CALL)
  expect([...link.awaited]).toMatchObject([{ entrypoint: 'users.find', limit: 11_000_000 }])
  link.end({ name: 'Error', message: 'the test is over' })
})
