/**
 * Connects the dispatcher of this instance with the client of the queue, and says how many tickets the instance takes.
 *
 *     new --> open --> draining --> closed
 *
 * 1. Tickets are taken only in the state `open`, and an instance holds at most one for each thread of the service that is up, and those
 *    that it may take ahead.
 * 2. While a method is in quarantine, no ticket of its service is taken until a probe may run.
 * 3. It is closed when all runs have ended, before the leases are given back.
 */
import type { QueueSettings } from '../../config/settings-queue.js'
import type { Counters } from '../../counters/counters.js'
import { wordOfEach } from '../../counters/enum-words.js'
import { SERVICE_ROW } from '../../counters/row-shapes.js'
import { countTicket } from '../../dispatch/count-ticket.js'
import type { Dispatch, TicketOptions } from '../../dispatch/dispatch.js'
import type { Lane } from '../../dispatch/lane.js'
import type { Clock } from '../../kernel/clock.js'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import { ConfigError } from '../../kernel/errors.js'
import type { Events } from '../../kernel/events.js'
import { QUEUE_STATES } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import { KeptTickets } from './kept-tickets.js'
import { lockProblem } from './lock-budget.js'
import { type RoomFacts, roomOf } from './room.js'
import type { ConnectQueue, TicketClient } from './ticket-client.js'

export interface QueueSetup {
  readonly settings: Pick<QueueSettings, 'offer' | 'take' | 'delivery' | 'lock' | 'isLockOfCoordination'>
  readonly connect: ConnectQueue
  /** How long before the end of its lock an instance stops relying on it, because clocks differ. */
  readonly clockMargin: Micros
}

export interface InstanceQueueOptions extends QueueSetup {
  readonly services: readonly ServiceDefinition[]
  readonly counters: Counters
  readonly clock: Clock
  readonly events: Events
  /** Returns how many threads of a service are up. */
  readonly threadsUp: (service: string) => number
}

/** How long no ticket of a service is taken after one was returned because no thread became idle. */
const SATURATION: Micros = 2_000_000

/** How often the room is computed again for a service of which no tickets are taken, or one at a time. */
const LOOK_AGAIN: Micros = 1_000_000

/** How long a stop waits for settlements without an answer. */
const CLOSE_WITHIN: Micros = 2_000_000

const DEPTH = wordOfEach(SERVICE_ROW.at.queueDepth, QUEUE_STATES)

export class InstanceQueue {
  /** For the dispatcher. */
  readonly tickets: TicketOptions
  readonly #options: InstanceQueueOptions
  readonly #client: TicketClient
  readonly #kept: KeptTickets
  readonly #services: readonly string[]
  readonly #saturatedUntil = new Map<string, Micros>()
  #dispatch: Pick<Dispatch, 'tickets' | 'lanes'> | undefined
  #state: 'new' | 'open' | 'draining' | 'closed' = 'new'
  /** Services of which no tickets are taken, or one at a time, and for which no event tells when that ends: they are looked at again. */
  readonly #heldUp = new Set<string>()
  #cancelLook: () => void = nothing
  #unsubscribe: readonly (() => void)[] = []

  /** @throws ConfigError (`ERR_QUEUE_LOCK`) when the lock is too short to end runs before it is over. */
  constructor(options: InstanceQueueOptions) {
    const { services, settings, clockMargin, connect, events } = options
    this.#options = options
    this.#services = services.filter(({ timers }) => timers.some(isQueued)).map(({ name }) => name)
    const problem = lockProblem(
      settings,
      clockMargin,
      services.flatMap(({ timers }) => timers),
    )
    if (problem) throw new ConfigError('ERR_QUEUE_LOCK', problem)
    this.#client = connect({
      services: this.#services,
      onTaken: (held) => this.#dispatch?.tickets?.taking.take(held),
      onDiscarded: (discarded) => {
        this.#countAbandoned(discarded.entrypoint)
        events.emit('ticket.discarded', discarded)
      },
    })
    this.#kept = new KeptTickets({
      client: this.#client,
      onMissing: (entrypoint, id) =>
        events.emit('ledger.violated', {
          entrypoint,
          detail: `the queue knows nothing of the ticket ${id}, which it had confirmed to keep. Was its store emptied, or restarted without its data? See "What the store must be set to" in docs/queue.md`,
        }),
    })
    this.tickets = {
      queue: this.#client,
      atMostOnce: settings.delivery === 'at-most-once',
      onKept: ({ definition }, id) => this.#kept.add(definition.service, definition.id, id),
      onChange: (service) => this.update([service]),
      onSaturated: (service) => this.#saturated(service),
      onStray: ({ ticket: { service, entrypoint, id } }) => events.emit('ticket.stray', { service, entrypoint, id }),
      threadsUp: options.threadsUp,
    }
  }

  /** Sets the dispatcher. Call it once, with the dispatcher that was made with {@link tickets}. */
  bind(dispatch: Pick<Dispatch, 'tickets' | 'lanes'>): void {
    this.#dispatch = dispatch
  }

  /** @throws ConfigError when the queue cannot be used as it is configured. */
  async open(): Promise<void> {
    const { events } = this.#options
    await this.#client.open()
    if (this.#state !== 'new') return
    this.#state = 'open'
    this.#unsubscribe = [
      events.on('thread.started', ({ services }) => this.update(services)),
      events.on('thread.exited', ({ services }) => this.update(services)),
      events.on('circuit.changed', ({ service }) => this.update([service])),
    ]
    this.update()
  }

  /** Computes how many more tickets of the services may be taken, and tells the client. Call it when a thread has come up. */
  update(services: readonly string[] = this.#services): void {
    if (this.#state === 'new' || this.#state === 'closed') return
    for (const service of services) {
      if (!this.#services.includes(service)) continue
      const facts = this.#factsOf(service)
      this.#client.setRoom(service, roomOf(facts))
      if (facts.isSaturated || facts.circuit !== 'closed') this.#heldUp.add(service)
      else this.#heldUp.delete(service)
    }
    this.#cancelLook()
    this.#cancelLook = this.#heldUp.size > 0 ? this.#options.clock.after(LOOK_AGAIN, () => this.update()) : nothing
  }

  /** From now on, no ticket is taken. */
  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.update()
  }

  /** Call it when all runs have ended. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelLook()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    await this.#client.close(this.#options.clock.now() + CLOSE_WITHIN)
  }

  /** The problems of the queue, one sentence each, for `/readyz`. */
  get problems(): readonly string[] {
    const inQuarantine = this.#lanes
      .filter((lane) => this.#circuitOf(lane) === 'blocked')
      .map(({ id, definition }) => `${definition.service} takes no tickets of the queue: ${id} is in quarantine`)
    return [...this.#client.trouble, ...inQuarantine]
  }

  /** Checks that the store knows the tickets that were handed over since the last audit. */
  audit(): Promise<void> {
    return this.#state === 'open' ? this.#kept.check() : Promise.resolve()
  }

  /** Writes the gauges of the queues with the numbers that the store told last. */
  writeDepths(): void {
    const wallNow = this.#options.clock.wallNow()
    for (const [service, depth] of this.#client.depths()) {
      const row = this.#options.counters.service(service)
      row.begin()
      for (const state of QUEUE_STATES) row.set(DEPTH[state], depth[state])
      const waited = depth.oldestDueAt === undefined ? 0 : Math.max(0, wallNow - depth.oldestDueAt) / 1_000
      row.set(SERVICE_ROW.at.queueOldest, waited)
      row.end()
    }
  }

  get #lanes(): readonly Lane[] {
    return this.#dispatch?.lanes.filter(({ definition }) => definition.scope === 'queue') ?? []
  }

  #factsOf(service: string): RoomFacts {
    const { clock, settings, threadsUp } = this.#options
    const circuits = this.#lanes
      .filter(({ definition }) => definition.service === service)
      .map((lane) => this.#circuitOf(lane))
    return {
      isTaking: settings.take && this.#state === 'open',
      threads: threadsUp(service),
      ahead: this.#dispatch?.tickets?.taking.ahead(service) ?? 0,
      open: this.#dispatch?.tickets?.taking.open(service) ?? 0,
      isSaturated: clock.now() < (this.#saturatedUntil.get(service) ?? 0),
      circuit: circuits.includes('blocked') ? 'blocked' : circuits.includes('probing') ? 'probing' : 'closed',
    }
  }

  #circuitOf({ circuit }: Lane): RoomFacts['circuit'] {
    if (circuit.state === 'closed') return 'closed'
    return circuit.blocks(this.#options.clock.now()) === undefined ? 'probing' : 'blocked'
  }

  #saturated(service: string): void {
    this.#saturatedUntil.set(service, this.#options.clock.now() + SATURATION)
    this.update([service])
  }

  /** Counts a ticket for its timer. A ticket that cannot be read has no entrypoint: it is only in the log. */
  #countAbandoned(entrypoint: string | undefined): void {
    const timer = this.#lanes.flatMap(({ timers }) => timers).find(({ definition }) => definition.id === entrypoint)
    if (timer) countTicket(timer, 'abandoned')
  }
}

function nothing(): void {}

function isQueued({ scope }: ServiceDefinition['timers'][number]): boolean {
  return scope === 'queue'
}
