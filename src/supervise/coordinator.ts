/**
 * Coordinates this instance with the others: competes for leases, claims ticks, and sends the members to threads. It opens no
 * store when no service needs one.
 */
import { randomUUID } from 'node:crypto'
import type { Settings } from '../config/settings.js'
import { ClaimHistory } from '../coordinate/claim-history.js'
import { Claims } from '../coordinate/claims.js'
import { Elector } from '../coordinate/elector.js'
import { LeaseBlock } from '../coordinate/lease-block.js'
import { Memberships } from '../coordinate/memberships.js'
import type { CoordinationStore, LeaseReader, LeaseStore } from '../coordinate/ports.js'
import { checkBudget } from '../coordinate/timing.js'
import type { Coordination } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition, TimerDefinition } from '../kernel/definitions.js'
import type { DueTick } from '../kernel/due-tick.js'
import { ConfigError } from '../kernel/errors.js'
import type { Events } from '../kernel/events.js'
import type { HealthProblem } from '../kernel/health.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { Micros } from '../kernel/time.js'
import type { LeaseState, MemberCount } from '../kernel/view.js'
import type { ClaimResult, LossCause } from '../kernel/vocabulary.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import type { CoordinationSetup } from '../pool/protocol.js'
import { startDeadlineOf } from '../schedule/start-deadline.js'
import { guardedStore } from './leading/guarded-store.js'
import type { LeadingGate } from './leading/leading-gate.js'
import { StoreTrouble } from './leading/store-trouble.js'
import type { LeaseFollower } from './marks/lease-follower.js'
import { type NotOffered, notOfferedError, OfferWatch } from './queue/offer-watch.js'
import { soughtLeases } from './queue/sought-leases.js'

export interface CoordinatorOptions {
  readonly services: readonly ServiceDefinition[]
  readonly settings: Settings['coordination']
  readonly clock: Clock
  readonly events: Events
  /** The time to the next tick of a timer. */
  readonly periodOf: (timer: TimerDefinition) => Micros
  readonly offersTickets?: boolean
  /** Called when it has changed under which leases no instance offers tickets, with all of them. */
  readonly onNotOffered: (leases: readonly NotOffered[]) => void
  /** Stops the runs that need a lease; resolves when all have ended. */
  readonly stopUnder: (lease: string) => Promise<void>
  /** Called with a new list of members, to be sent to every thread. */
  readonly onMembers: (members: ServiceMembers) => void
}

/** How long the store may take to let go at a stop, and a lease that cannot be given back may hold the stop up. */
const CLOSE_DEADLINE: Micros = 2_000_000

export class Coordinator implements Coordination {
  /** The part of a thread's start data that concerns coordination. */
  readonly setup: CoordinationSetup
  readonly #options: CoordinatorOptions
  readonly #id = randomUUID()
  readonly #names: readonly string[]
  readonly #block: LeaseBlock
  readonly #claimHistory = new ClaimHistory()
  /** By lease. */
  #electors: ReadonlyMap<string, Elector> = new Map()
  #store: CoordinationStore | undefined
  #claims: Claims | undefined
  #offers: OfferWatch | undefined
  readonly #memberships: Memberships
  readonly #trouble: StoreTrouble
  #unwatch: (() => void) | undefined
  #offJump: (() => void) | undefined
  #isClosed = false

  /** @throws ConfigError (`ERR_LEASE_BUDGET`) when a run under a lease could outlive the lease. */
  constructor(options: CoordinatorOptions) {
    this.#options = options
    const { services, settings } = options
    this.#names = [...new Set(services.flatMap(({ leases }) => leases))]
    const memberships = services.filter(({ usesMembers }) => usesMembers).map(({ name }) => name)
    this.#block = LeaseBlock.withLeases(Math.max(1, this.#names.length + memberships.length))
    this.setup = { self: this.#id, leases: this.#names, memberships, memory: this.#block.buffer }
    this.#trouble = new StoreTrouble(settings.url, options.clock, (error) => this.#fail(error))
    this.#memberships = new Memberships({
      services: memberships,
      id: this.#id,
      memory: this.#block,
      firstIndex: this.#names.length,
      clock: options.clock,
      ttl: settings.ttl,
      onChange: (members) => this.#take(members),
      onError: (error) => this.#fail(error),
    })
    const leased = services.flatMap(({ timers }) => timers.filter(({ lease }) => lease !== undefined))
    const problem = checkBudget(settings, leased)
    if (problem && this.#names.length > 0) throw new ConfigError('ERR_LEASE_BUDGET', problem)
  }

  get #isNeeded(): boolean {
    const { services } = this.#options
    const hasClusterTimer = services.some(({ timers }) => timers.some(({ scope }) => scope === 'cluster'))
    return this.#names.length > 0 || hasClusterTimer || this.setup.memberships.length > 0
  }

  /**
   * Opens the store and joins the other instances. With a `gate` the store is opened even when no service needs it.
   *
   * @throws ConfigError when the store's URL or client cannot be used.
   */
  async open(gate?: LeadingGate, follower?: LeaseFollower): Promise<void> {
    if (!this.#isNeeded && !gate) return
    const { services, settings, clock, events, offersTickets = false } = this.#options
    const { openStore } = await import('../coordinate/stores/open-store.js')
    if (this.#isClosed) return
    const onError = (error: unknown) => this.#fail(error)
    const { url, namespace, acceptEviction } = settings
    const store = await openStore({ url, namespace, acceptEviction, onError }, clock)
    if (this.#isClosed) return void (await store.close())
    this.#store = store
    const guarded = guardedStore({ store, gate, clock, period: settings.retry, trouble: this.#trouble })
    gate?.opened(guarded.values)
    follower?.opened(guarded.values)
    const holder = this.#id
    this.#claims = new Claims({
      store: guarded,
      holder,
      clock,
      random: Math.random,
      onResult: (...claim) => this.#tell(...claim),
    })
    const sought = soughtLeases(this.#names, services, offersTickets)
    this.#electors = new Map(sought.map(([lease, index]) => [lease, this.#elector(lease, index, guarded, follower)]))
    for (const elector of this.#electors.values()) elector.start()
    if (store.backend !== 'local') this.#watchOffers(store)
    this.#offJump = events.on('clock.jumped', () => {
      for (const elector of this.#electors.values()) elector.check()
    })
    if (this.#names.length > 0) {
      store
        .watch((lease) => this.#electors.get(lease)?.retrySoon())
        .then((unwatch) => {
          if (this.#isClosed) unwatch()
          else this.#unwatch = unwatch
        }, onError)
    }
    if (store.backend === 'local') this.#memberships.joinAlone()
    else this.#memberships.join(guarded)
  }

  #watchOffers(store: LeaseReader): void {
    const { clock, events, settings, onNotOffered } = this.#options
    const offers = new OfferWatch({
      leases: this.#names.filter((lease) => !this.#electors.has(lease)),
      ...{ store, clock, ttl: settings.ttl },
      onChange(found) {
        onNotOffered(offers.list)
        if (found.length > 0) events.emit('queue.failed', { error: toWireError(notOfferedError(found)) })
      },
    })
    this.#offers = offers
  }

  #elector(lease: string, index: number, store: LeaseStore, follower: LeaseFollower | undefined): Elector {
    const { clock, events, settings, stopUnder } = this.#options
    let cause: LossCause | undefined
    return new Elector({
      lease,
      holder: this.#id,
      store,
      clock,
      timing: settings,
      random: Math.random,
      publish: (epoch, until, wallUntil) => this.#block.publish(index, epoch, until, wallUntil),
      onGained: (epoch) => {
        cause = undefined
        follower?.gained(lease, epoch)
      },
      onLosing: async (why) => {
        cause = why
        await stopUnder(lease)
        if (why === 'stopping') await follower?.leaving(lease)
      },
      onLost: (why) => {
        cause = why
        follower?.lost(lease)
      },
      onEvent: (event, error) =>
        events.emit('lease.changed', {
          lease,
          event,
          epoch: this.#block.epoch(index),
          ...(cause && { cause }),
          ...(error !== undefined && { error: toWireError(error) }),
        }),
    })
  }

  #take(changed: ServiceMembers): void {
    const { service, members } = changed
    this.#options.events.emit('members.changed', { service, self: this.#id, members })
    this.#options.onMembers(changed)
  }

  #fail(error: unknown): void {
    this.#options.events.emit('coordination.failed', { error: toWireError(error) })
  }

  /** What is wrong with the store. */
  get trouble(): Omit<HealthProblem, 'kind'>[] {
    return this.#trouble.list
  }

  /** The leases under which no instance offers tickets, as far as this instance watches that: one that offers itself does not. */
  get notOffered(): readonly NotOffered[] {
    return this.#offers?.list ?? []
  }

  holds(lease: string): boolean {
    if (this.#electors.get(lease)?.state !== 'leading') return false
    const index = this.#names.indexOf(lease)
    const now = this.#options.clock.now()
    return this.#block.isHeld(index, now, this.#options.clock.wallNow())
  }

  async claim(timer: TimerDefinition, { sequence, dueWall, startBy }: DueTick): Promise<ClaimResult> {
    const { clock, periodOf } = this.#options
    const { id } = timer
    if (this.#claimHistory.isRepeated(id, dueWall, sequence)) return 'claimed_elsewhere'
    const period = periodOf(timer)
    const startable = Math.max(period, startDeadlineOf(timer, period))
    return this.#claims!.claim(id, dueWall, startable, { within: Math.max(0, startBy - clock.now()) })
  }

  #tell(entrypoint: string, result: ClaimResult, error?: unknown): void {
    const { events } = this.#options
    if (!events.has('claim.ended')) return
    const [service = '', method = ''] = entrypoint.split(/[.#]/)
    events.emit('claim.ended', {
      entrypoint,
      service,
      method,
      result,
      ...(error !== undefined && { error: toWireError(error) }),
    })
  }

  leases(): LeaseState[] {
    return this.#names.map((lease, index) => ({
      lease,
      isLeader: this.holds(lease),
      epoch: this.#block.epoch(index),
    }))
  }

  memberCounts(): MemberCount[] {
    return this.#memberships.counts()
  }

  /** Leaves further work to the other instances. */
  drain(): void {
    this.#memberships.drain()
  }

  /** Gives the leases back, leaves the members, and closes the store. Call it after all runs have ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#offJump?.()
    this.#offers?.stop()
    const { clock } = this.#options
    const deadline = new AbortController()
    const late = clock.sleep(CLOSE_DEADLINE, deadline.signal).catch(() => {})
    const left = Promise.all([
      ...[...this.#electors.values()].map((elector) => elector.stop()),
      this.#memberships.leave(),
    ])
    await Promise.race([left.catch(() => {}), late])
    this.#unwatch?.()
    await Promise.race([this.#store?.close().catch(() => {}), late])
    deadline.abort()
  }
}
