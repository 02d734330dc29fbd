/** The threads of a harness: one {@link HarnessThread} for each service, all of them on the thread of the test. */
import type { Logger } from 'pino'
import { LeaseBlock } from '../coordinate/lease-block.js'
import { injectionName } from '../define/entries.js'
import { injectionsOf, type ServiceSource } from '../define/service-source.js'
import type { Executor } from '../dispatch/executor.js'
import { KnownMembers } from '../host/known-members.js'
import type { ServiceObjectOptions } from '../host/service-object.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { UsageError } from '../kernel/errors.js'
import type { ServiceMembers } from '../kernel/members.js'
import type { RpcDestination } from '../kernel/rpc-endpoint.js'
import type { RunContext } from '../kernel/run-context.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { Micros } from '../kernel/time.js'
import { SHORT_LEAD } from '../pool/lead.js'
import type { ThreadSurroundings, Threads } from '../supervise/assemble.js'
import type { StateKeeper } from '../supervise/thread-message-router.js'
import { HarnessThread } from './harness-thread.js'

export interface HarnessThreadsOptions {
  readonly definitions: readonly ServiceDefinition[]
  /** Of each definition. */
  readonly sources: readonly ServiceSource[]
  readonly config: Readonly<Record<string, unknown>>
  readonly clock: Clock
  readonly log: Logger
  readonly rpcTimeout: Micros
  readonly state: StateKeeper
  readonly replacements: Readonly<Record<string, unknown>>
  readonly onRun: NonNullable<ServiceObjectOptions['onRun']>
}

export class HarnessThreads implements Threads {
  readonly executor: Executor
  readonly #options: HarnessThreadsOptions
  readonly #around: ThreadSurroundings
  /** By service. */
  readonly #members: ReadonlyMap<string, KnownMembers>
  readonly #threads = new Map<string, HarnessThread>()
  #active = 0
  #isStopping = false

  constructor(options: HarnessThreadsOptions, around: ThreadSurroundings) {
    this.#options = options
    this.#around = around
    const { self, leases, memberships, memory } = around.coordination
    this.#members = new Map(
      options.definitions.map(({ name }) => {
        const index = leases.length + memberships.indexOf(name)
        return [name, new KnownMembers({ self, index, memory: new LeaseBlock(memory), clock: options.clock })]
      }),
    )
    this.executor = this.#makeExecutor()
  }

  /** Runs that are in progress, without those that only the virtual clock can let go on. */
  get active(): number {
    let held = 0
    for (const thread of this.#threads.values()) held += thread.held
    return this.#active - held
  }

  /** No thread is being replaced. */
  get areUp(): boolean {
    return [...this.#threads.values()].every(({ isUp }) => isUp)
  }

  /** @throws UsageError when the harness has no such service, or it has not been started. */
  of(service: string): HarnessThread {
    const thread = this.#threads.get(service)
    if (thread) return thread
    const names = this.#options.definitions.map(({ name }) => name)
    if (names.includes(service))
      throw new UsageError('ERR_LIFECYCLE', `${service} has not been started: await start() first`)
    throw new UsageError('ERR_NO_SERVICE', `the harness has no service ${show(service)}${didYouMean(service, names)}`)
  }

  /** The virtual clock wakes nothing late. */
  leadOf(): Micros {
    return SHORT_LEAD
  }

  destinationOf(service: string): RpcDestination {
    return { placeCall: () => this.#up(service), isClosed: false }
  }

  threadsUp(service: string): number {
    return this.#up(service) ? 1 : 0
  }

  tellMembers(members: ServiceMembers): void {
    this.#members.get(members.service)!.change(members)
  }

  /** Runs a method within its hooks, beside the schedule. */
  async enter(run: RunContext, args: readonly unknown[]): Promise<unknown> {
    const { service } = this.of(run.service)
    const { object } = service
    this.#active++
    try {
      return await service.enter(run, () => (object[run.method] as (...args: unknown[]) => unknown)(...args))
    } finally {
      this.#active--
    }
  }

  /** Starts the services, one after the other. */
  async start(): Promise<void> {
    for (const [index, definition] of this.#options.definitions.entries()) await this.#start(definition, index)
  }

  /** A thread that is killed from now on is not replaced. */
  keepDown(): void {
    this.#isStopping = true
  }

  /** Stops the services, the last one first. */
  async stop(): Promise<void> {
    for (const thread of [...this.#threads.values()].reverse()) await thread.stop()
  }

  async #start(definition: ServiceDefinition, index: number): Promise<void> {
    const { sources, replacements, definitions: _, ...shared } = this.#options
    const source = sources[index]!
    const own = new Set(injectionsOf(source).map(injectionName))
    const thread = new HarnessThread({
      ...shared,
      definition,
      source,
      log: shared.log.child({ service: definition.name }),
      router: this.#around.router,
      coordination: this.#around.coordination,
      members: this.#members.get(definition.name)!,
      metrics: { take: () => {}, retire: () => {} },
      replacements: Object.fromEntries(Object.entries(replacements).filter(([name]) => own.has(name))),
      // A thread that was killed is replaced, with a service object that knows nothing of the one before.
      onKill: () => {
        if (this.#isStopping) return
        this.#start(definition, index).catch((error) =>
          shared.log.error({ err: error }, 'service failed to start again'),
        )
      },
    })
    await thread.start()
    this.#threads.set(definition.name, thread)
    this.#around.onUp([definition.name])
  }

  #up(service: string): HarnessThread | undefined {
    const thread = this.#threads.get(service)
    return thread?.isUp ? thread : undefined
  }

  #makeExecutor(): Executor {
    const addresses = this.#options.definitions.flatMap(({ name, timers }) =>
      timers.map((_, timer) => ({ name, timer })),
    )
    return {
      place: (index) => {
        const { name, timer } = addresses[index]!
        const thread = this.#up(name)
        if (!thread) return undefined
        return {
          isIdle: thread.inFlight === 0 && thread.calls === 0,
          load: thread.inFlight + thread.calls,
          run: (invocation, done) => {
            this.#active++
            return thread.run(timer, invocation, (report) => {
              this.#active--
              done(report)
            })
          },
        }
      },
    }
  }
}
