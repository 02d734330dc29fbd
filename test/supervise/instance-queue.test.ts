import { describe, expect, it } from 'vitest'
import { Events, type TicketDiscarded } from '../../src/kernel/events.js'
import { InstanceQueue } from '../../src/supervise/queue/instance-queue.js'
import type { TicketClient, TicketClientOptions } from '../../src/supervise/queue/ticket-client.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { makeTicket } from '../queue/make-ticket.js'
import { countersFor } from '../support/counters.js'
import { queued } from '../support/queue-simulation.js'
import { serviceDefinition } from '../support/service.js'

function instanceQueue() {
  const events = new Events()
  const timers = [queued()]
  const told: [name: string, event: object][] = []
  for (const name of ['queue.failed', 'ticket.discarded', 'ticket.stray'] as const) {
    events.on(name, (event) => told.push([name, event]))
  }
  let given: TicketClientOptions | undefined
  const queue = new InstanceQueue({
    settings: { offer: true, take: true, delivery: 'at-least-once', lock: 15_000_000, isLockOfCoordination: true },
    clockMargin: 0,
    connect: (options) => {
      given = options
      return {} as TicketClient
    },
    services: [serviceDefinition({ timers })],
    counters: countersFor(timers),
    clock: new VirtualClock(),
    events,
    threadsUp: () => 1,
  })
  return { queue, client: given!, told }
}

describe('the queue of an instance', () => {
  it('a ticket that is given up is told by an event of its own', () => {
    const { client, told } = instanceQueue()
    const reason = 'unreadable'
    const discarded: TicketDiscarded = { service: 'svc', id: 'x', entrypoint: undefined, reason, message: 'no ticket' }
    client.onDiscarded!(discarded)
    expect(told).toEqual([['ticket.discarded', discarded]])
  })

  it('each ticket of a timer that the instance does not have is told', () => {
    const { queue, told } = instanceQueue()
    const tickets = [1, 2].map((key) => ({ ...makeTicket('svc'), id: `svc.gone@${key}us`, entrypoint: 'svc.gone' }))
    for (const ticket of tickets) queue.tickets.onStray({ key: 1, ticket, attempt: 1, delivery: 1, redelivered: false })
    const stray = (id: string) => ['ticket.stray', { service: 'svc', entrypoint: 'svc.gone', id }]
    expect(told).toEqual([stray('svc.gone@1us'), stray('svc.gone@2us')])
  })
})
