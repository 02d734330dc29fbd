/**
 * A service as it lives on a worker thread (the same instance, hooks, timer runner and call server), on the thread of the
 * test and by the test's clock. What it cannot do is end: a run that is killed goes on unheard.
 */
import type { Logger } from 'pino'
import { RpcServer } from '../../workers/rpc-server.js'
import { type InstanceOptions, ServiceInstance } from '../../workers/service-instance.js'
import { TimerRunner } from '../../workers/timer-runner.js'
import { LeaseBlock } from '../coordinate/lease-block.js'
import { LeaseView } from '../coordinate/lease-view.js'
import { readCallTimeout } from '../define/call-timeout.js'
import type { ServiceSource } from '../define/service-source.js'
import { HOST } from '../depend/host-port.js'
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { MembersPort } from '../kernel/members.js'
import { currentRun } from '../kernel/run-context.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { Calling, Cancelling, Returned } from '../pool/link-protocol.js'
import type { CoordinationSetup, RunReply } from '../pool/protocol.js'
import { RpcClient } from '../pool/rpc-client.js'
import type { Party, RpcRouter } from '../pool/rpc-router.js'
import { type RunHost, RunInFlight } from '../pool/run-in-flight.js'
import { ThreadBlock } from '../pool/thread-block.js'
import type { MetricKeeper, StateKeeper } from '../supervise/switchboard.js'

export interface HarnessThreadOptions extends InstanceOptions {
  readonly definition: ServiceDefinition
  readonly source: ServiceSource
  readonly config: Readonly<Record<string, unknown>>
  readonly log: Logger
  readonly clock: Clock
  readonly router: RpcRouter
  readonly rpcTimeout: Micros
  readonly coordination: CoordinationSetup
  readonly members: MembersPort
  readonly state: StateKeeper
  readonly metrics: MetricKeeper
  /** A run would not stop: on a real thread it would have been killed. */
  readonly onKill: (thread: HarnessThread) => void
}

export class HarnessThread implements Party, RunHost {
  readonly service: ServiceInstance
  readonly block: ThreadBlock
  readonly threadId = 0
  readonly isOutside = false
  calls = 0
  readonly #options: HarnessThreadOptions
  readonly #client: RpcClient
  readonly #server: RpcServer
  readonly #freeSlots: number[]
  readonly #runs = new Set<RunInFlight>()
  #runner: TimerRunner | undefined
  #isKilled = false

  constructor(options: HarnessThreadOptions) {
    const { definition, source, config, log, clock, router, rpcTimeout, state, metrics, members } = options
    this.#options = options
    const slots = definition.timers.reduce((sum, timer) => sum + timer.concurrency, 0)
    this.block = ThreadBlock.withSlots(slots)
    this.#freeSlots = Array.from({ length: slots }, (_, slot) => slot)
    const say = (message: Calling | Cancelling | Returned) => router.take(this, structuredClone(message))
    this.#client = new RpcClient({ post: say, clock, timeout: rpcTimeout, readTimeout: readCallTimeout })
    this.service = new ServiceInstance(
      definition,
      source,
      {
        config,
        log,
        [HOST]: {
          call: (service, method, args, given) => this.#client.call(service, method, args, given, currentRun()),
          askState: async (request) => state.answer(definition.name, request),
          tellMetrics: (message) => metrics.take(this, message),
          lease: (name) => this.#lease(name),
          members,
        },
      },
      options,
    )
    this.#server = new RpcServer({ post: say, services: [this.service], now: () => clock.now(), block: this.block })
  }

  async start(): Promise<void> {
    await this.service.prepare()
    await this.service.start(() => {})
    const { clock } = this.#options
    this.#runner = new TimerRunner(
      this.service.timers((name) => this.#lease(name)),
      this.block,
      {
        now: () => clock.now(),
        async hold(_block, _slot, dueAt) {
          await clock.sleep(dueAt - clock.now())
          return clock.now()
        },
      },
    )
  }

  #lease(name: string): LeaseView {
    const { coordination, clock } = this.#options
    return new LeaseView(name, coordination.leases.indexOf(name), new LeaseBlock(coordination.memory), clock)
  }

  get isUp(): boolean {
    return this.#runner !== undefined && !this.#isKilled
  }

  get inFlight(): number {
    return this.#runs.size
  }

  run(timer: number, { tick, attempt, early }: Invocation, done: (report: RunReport) => void): RunHandle {
    const run = new RunInFlight(this.#freeSlots.pop()!, timer, this, done)
    this.block.writeRun(run.slot, timer, tick, attempt, early)
    this.#runs.add(run)
    void this.#runner!.run(run.slot).then((reply) => this.#settle(run, reply))
    return run
  }

  #settle(run: RunInFlight, reply: RunReply): void {
    // A run of a killed thread has been reported.
    if (!this.#runs.delete(run)) return
    this.#freeSlots.push(run.slot)
    run.done(run.reportOf(reply))
  }

  abort(slot: number, cause: AbortCause): void {
    this.block.abort(slot, cause)
    this.#runner!.abort(slot)
  }

  /** What would end the thread: its runs have crashed, and nothing more is heard of it. */
  kill(): void {
    if (this.#isKilled) return
    this.#isKilled = true
    const { router, metrics, onKill } = this.#options
    const error = { name: 'ThreadExit', message: 'the thread ended (killed, exit code 1)' }
    router.ended(this, error)
    metrics.retire(this)
    for (const run of [...this.#runs]) {
      this.#runs.delete(run)
      run.done(run.reportOfExit({ reason: 'killed', exitCode: 1, threadId: 0 }, false))
    }
    onKill(this)
  }

  /** Takes a message of the router, a moment later, as a thread does. */
  post(message: Calling | Cancelling | Returned): void {
    queueMicrotask(() => {
      if (this.#isKilled) return
      if (message.kind === 'return') this.#client.returned(message.id, message.reply)
      else if (message.kind === 'call') void this.#server.take(message)
      else this.#server.cancel(message)
    })
  }

  isInside(id: number): boolean {
    return this.block.isInsideCall(id)
  }

  async stop(): Promise<void> {
    if (!this.#isKilled) await this.service.stop()
  }
}
