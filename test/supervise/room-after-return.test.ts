/** What an instance tells its client about its room, when tickets come back. */
import { describe, expect, it } from 'vitest'
import { Events } from '../../src/kernel/events.js'
import { InstanceQueue } from '../../src/supervise/queue/instance-queue.js'
import type { TicketClient } from '../../src/supervise/queue/ticket-client.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor } from '../support/counters.js'
import { queued } from '../support/queue-simulation.js'
import { serviceDefinition } from '../support/service.js'

const THREADS = 2

/** An instance with two threads that holds `open` tickets, and may take 3 ahead. `room`: what its client was told last. */
async function instanceWith(open: number) {
  const timers = [queued()]
  const events = new Events()
  const clock = new VirtualClock()
  let room = 0
  const client = { open: async () => {}, setRoom: (_service: string, told: number) => (room = told) }
  const queue = new InstanceQueue({
    settings: { offer: true, take: true, delivery: 'at-least-once', lock: 15_000_000, isLockOfCoordination: false },
    connect: () => client as unknown as TicketClient,
    clockMargin: 0,
    services: [serviceDefinition({ name: 'svc', timers })],
    counters: countersFor(timers),
    clock,
    events,
    threadsUp: () => THREADS,
  })
  const taking = { open: () => open, ahead: () => 3 }
  queue.bind({ lanes: [], tickets: { taking } as never })
  await queue.open()
  return {
    clock,
    room: () => room,
    returnOne: () => queue.tickets.onSaturated('svc'),
  }
}

describe('the room of an instance', () => {
  it('there is room for one ticket for each thread, and for those that may be taken ahead', async () => {
    expect((await instanceWith(1)).room()).toBe(4)
  })

  it('after a ticket was returned because no thread became idle, none is taken for 2 s', async () => {
    const instance = await instanceWith(2)
    instance.returnOne()
    expect(instance.room()).toBe(0)
    await instance.clock.advance(2_100_000)
    expect(instance.room()).toBe(3)
  })
})
