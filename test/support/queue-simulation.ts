/** The simulation of one instance that offers to a {@link FakeQueue} and takes from it. */
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { TicketId } from '../../src/kernel/ticket.js'
import type { Micros } from '../../src/kernel/time.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { FakeQueue } from './fake-queue.js'
import { type Durations, Simulation } from './simulation.js'
import { timerDefinition } from './timer.js'

const WALL = Date.UTC(2026, 0, 5)

export function queued(given: Partial<TimerDefinition> = {}): TimerDefinition {
  return timerDefinition({
    scope: 'queue',
    offerLease: 'svc/queue',
    precise: false,
    schedule: { kind: 'interval', interval: 100_000, align: true },
    abortGrace: 100_000,
    ...given,
  })
}

export interface QueueSimulationOptions {
  readonly lock?: Micros
  readonly atMostOnce?: boolean
  /** Tickets that may be held at once; 0: none is taken. */
  readonly room?: number
}

export class QueueSimulation {
  readonly simulation: Simulation
  readonly queue: FakeQueue
  readonly kept: TicketId[] = []
  readonly strays: string[] = []
  /** Services for which a ticket was returned because no thread became free. */
  readonly saturated: string[] = []
  room: number

  constructor(
    definitions: readonly TimerDefinition[],
    durations: Durations,
    { lock = 5_000_000, atMostOnce = false, room = 1 }: QueueSimulationOptions = {},
  ) {
    const clock = new VirtualClock({ start: 1_000_000, wall: WALL })
    this.room = room
    this.queue = new FakeQueue({ clock, lock })
    this.simulation = new Simulation(definitions, durations, {
      clock,
      tickets: {
        queue: this.queue,
        atMostOnce,
        onKept: (_timer, id) => this.kept.push(id),
        onChange: () => {},
        onSaturated: (service) => this.saturated.push(service),
        onStray: ({ ticket }) => this.strays.push(ticket.entrypoint),
        threadsUp: () => 1,
      },
    })
  }

  /** Moves the clock in steps of 10 ms, and takes what there is room for after each. `look` is called after each step. */
  async advance(millis: number, look: () => void = () => {}): Promise<void> {
    for (let passed = 0; passed < millis; passed += 10) {
      await this.simulation.advance(Math.min(10, millis - passed))
      this.queue.tend()
      this.take()
      look()
    }
  }

  take(): void {
    const { taking } = this.simulation.tickets!
    const services = new Set(this.simulation.timers.map(({ definition }) => definition.service))
    const open = [...services].reduce((sum, service) => sum + taking.open(service), 0)
    const ahead = this.room === 0 ? 0 : [...services].reduce((sum, service) => sum + taking.ahead(service), 0)
    for (let free = this.room + ahead - open; free > 0; free--) {
      const held = this.queue.take()
      if (!held) return
      taking.take(held)
    }
  }

  ledger(timer = 0) {
    const { due, taken, handedOver, returned, active, pending, runs } = this.simulation.timers[timer]!.ledger.counts()
    const ended = Object.fromEntries(Object.entries(runs).filter(([, count]) => count > 0))
    return { due, taken, handedOver, returned, active, pending, skipped: this.simulation.skips(timer), runs: ended }
  }
}
