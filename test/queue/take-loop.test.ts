/** The loop over a store that answers when the test says so. The numbers T1 and T2 are those of src/queue/thread/take-loop.ts. */
import { expect, it, onTestFinished } from 'vitest'
import type { TakenTicket } from '../../src/queue/run-queue.js'
import { TakeLoop } from '../../src/queue/thread/take-loop.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { makeTicket } from './make-ticket.js'

let tokens = 0

function takenTicket(): TakenTicket {
  const ticket = makeTicket('s')
  return {
    ...{ service: 's', id: ticket.id, token: `t${++tokens}`, ticket },
    ...{ attempt: 1, delivery: 1, redelivered: false, heldUntil: 5 },
  }
}

async function openLoop({ passesOn = (): boolean => true } = {}) {
  const stopped = new AbortController()
  const taken: TakenTicket[] = []
  const takes: ((taken: TakenTicket | undefined) => void)[] = []
  const take = (_service: string, signal: AbortSignal) =>
    new Promise<TakenTicket | undefined>((resolve) => {
      takes.push(resolve)
      signal.addEventListener('abort', () => resolve(undefined))
    })
  const loop = new TakeLoop({
    ...{ service: 's', queue: { take }, clock: new VirtualClock(), signal: stopped.signal },
    onTaken: (ticket) => {
      taken.push(ticket)
      return passesOn()
    },
    onError: () => {},
  })
  onTestFinished(() => {
    stopped.abort()
    return loop.ended
  })
  /** All that the loop does without an answer of the store. */
  const settled = async () => {
    for (let turn = 0; turn < 10; turn++) await undefined
  }
  return { loop, stopped, taken, takes, settled }
}

it('room is kept for a ticket that a settlement may bring along, and is not used twice (T1)', async () => {
  const { loop, taken, takes, settled } = await openLoop()
  expect(loop.reserve()).toBe(false)
  loop.setRoom(1, 0)
  expect(loop.reserve()).toBe(true)
  expect(loop.reserve()).toBe(false)
  await settled()
  expect(takes).toHaveLength(0)
  const brought = takenTicket()
  loop.fill(brought)
  await settled()
  expect(taken).toEqual([brought])
  expect(takes).toHaveLength(0)
  expect(loop.reserve()).toBe(false)
})

it('a take in progress uses up room, and so none is kept for a settlement (T1)', async () => {
  const { loop, takes, settled } = await openLoop()
  loop.setRoom(1, 0)
  await settled()
  expect(takes).toHaveLength(1)
  expect(loop.reserve()).toBe(false)
  loop.setRoom(2, 0)
  expect(loop.reserve()).toBe(true)
})

it('room that a settlement did not use is used by the next take', async () => {
  const { loop, taken, takes, settled } = await openLoop()
  loop.setRoom(1, 0)
  loop.reserve()
  await settled()
  loop.fill(undefined)
  await settled()
  expect(takes).toHaveLength(1)
  const ticket = takenTicket()
  takes[0]!(ticket)
  await settled()
  expect(taken).toEqual([ticket])
  expect(takes).toHaveLength(1)
})

it('a ticket that is brought along when there is no room any more, or after the end, is passed on (T2)', async () => {
  const { loop, stopped, taken } = await openLoop()
  loop.setRoom(2, 0)
  expect([loop.reserve(), loop.reserve()]).toEqual([true, true])
  loop.setRoom(0, 0)
  const [first, second] = [takenTicket(), takenTicket()]
  loop.fill(first)
  stopped.abort()
  loop.fill(second)
  expect(taken).toEqual([first, second])
  loop.setRoom(5, 2)
  expect(loop.reserve()).toBe(false)
})

it('a ticket of which the main thread does not hear leaves its room to another one (T1)', async () => {
  let isFull = true
  const { loop, taken, takes, settled } = await openLoop({ passesOn: () => !isFull })
  loop.setRoom(1, 0)
  await settled()
  takes[0]!(takenTicket())
  await settled()
  expect([taken.length, takes.length]).toEqual([1, 2])
  isFull = false
  takes[1]!(takenTicket())
  await settled()
  expect([taken.length, takes.length]).toEqual([2, 2])
})
