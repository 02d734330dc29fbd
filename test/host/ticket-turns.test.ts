/** Tickets that are handed to one thread. */
import { describe, expect, it } from 'vitest'
import { TicketTurns } from '../../src/host/ticket-turns.js'

function turns() {
  const queue = new TicketTurns()
  const begun: number[] = []
  const ends: ((reply: number) => void)[] = []
  return {
    begun,
    end: (run: number) => ends[run]!(run),
    computes: (run: number) =>
      queue.perform(() => {
        begun.push(run)
        return run
      }),
    awaits: (run: number) =>
      queue.perform(() => {
        begun.push(run)
        return new Promise<number>((resolve) => {
          ends[run] = resolve
        })
      }),
  }
}

describe('the turns of the tickets of a thread', () => {
  it('a ticket whose method awaits nothing has its reply at once, and the next one too', () => {
    const test = turns()
    expect([test.computes(0), test.computes(1)]).toEqual([0, 1])
    expect(test.begun).toEqual([0, 1])
  })

  it('behind a method that awaits something the next ones wait, and begin in their order, one at a time', async () => {
    const test = turns()
    const replies = [test.awaits(0), test.awaits(1), test.computes(2), test.awaits(3)]
    expect(test.begun).toEqual([0])
    test.end(0)
    await replies[0]
    await expect.poll(() => test.begun).toEqual([0, 1])
    test.end(1)
    expect(await replies[2]).toBe(2)
    await expect.poll(() => test.begun).toEqual([0, 1, 2, 3])
    test.end(3)
    expect(await Promise.all(replies)).toEqual([0, 1, 2, 3])
  })

  it('a ticket behind one that awaited something begins after the turn in which the reply to that one is ready', async () => {
    const test = turns()
    const posted: string[] = []
    const first = test.awaits(0) as Promise<number>
    void first.then(() => setImmediate(() => posted.push('reply 0')))
    const second = test.computes(1) as Promise<number>
    void second.then(() => posted.push('run 1'))
    test.end(0)
    await second
    expect(posted).toEqual(['reply 0', 'run 1'])
  })

  it('a ticket that comes between the reply of one that awaited something and the end of that turn waits for it', async () => {
    const test = turns()
    const posted: string[] = []
    const first = test.awaits(0) as Promise<number>
    const replied = first.then(() => setImmediate(() => posted.push('reply 0')))
    test.end(0)
    await replied
    const second = test.computes(1) as Promise<number>
    expect(test.begun).toEqual([0])
    void second.then(() => posted.push('run 1'))
    await second
    expect(posted).toEqual(['reply 0', 'run 1'])
  })

  it('when all replies have left, a ticket begins at once again', async () => {
    const test = turns()
    const replies = [test.awaits(0), test.computes(1)]
    test.end(0)
    await Promise.all(replies)
    await expect.poll(() => test.computes(2)).toBe(2)
  })
})
