/**
 * A simulated worker thread: the same service object, hooks, timer runner and RPC server as on a worker thread, but on the
 * thread of the test and with its clock. It cannot be terminated: the method of a killed run continues, and its result is dropped.
 */
import type { Logger } from 'pino'
import { LeaseBlock } from '../coordinate/lease-block.js'
import { LeaseView } from '../coordinate/lease-view.js'
import { readCallTimeout } from '../define/options/call-timeout.js'
import type { ServiceSource } from '../define/service-source.js'
import { HOST } from '../depend/host-port.js'
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import { RpcServer } from '../host/rpc-server.js'
import { ServiceObject, type ServiceObjectOptions } from '../host/service-object.js'
import { TimerRunner } from '../host/timer-runner.js'
import { Tracing } from '../host/trace/tracing.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import {
  type CallMessage,
  type CancelMessage,
  type ReturnMessage,
  type RunReply,
  transferOf,
} from '../kernel/link-protocol.js'
import type { MembersPort } from '../kernel/members.js'
import type { RpcEndpoint } from '../kernel/rpc-endpoint.js'
import { currentRun } from '../kernel/run-context.js'
import type { Micros } from '../kernel/time.js'
import type { BatchReply, CoordinationSetup, RunRequest } from '../pool/protocol.js'
import { RunTable } from '../pool/run-table.js'
import { ThreadBlock } from '../pool/thread-block.js'
import { errorOfExit, type ThreadExit } from '../pool/worker-thread.js'
import { RpcClient } from '../rpc/client.js'
import type { RpcRouter } from '../rpc/router.js'
import type { MetricKeeper, StateKeeper } from '../supervise/thread-message-router.js'
import { afterThis } from './real-turns.js'

export interface HarnessThreadOptions extends ServiceObjectOptions {
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
  /** Called when a run is killed, which would terminate a real thread. */
  readonly onKill: (thread: HarnessThread) => void
}

/** The exit of every thread of a harness. */
const KILLED: ThreadExit = { reason: 'killed', exitCode: 1, threadId: 0 }

export class HarnessThread implements RpcEndpoint {
  readonly service: ServiceObject
  readonly block: ThreadBlock
  readonly isOutside = false
  calls = 0
  readonly #options: HarnessThreadOptions
  readonly #client: RpcClient
  readonly #server: RpcServer
  readonly #runs: RunTable
  #runner: TimerRunner | undefined
  #isKilled = false
  #held = 0

  constructor(options: HarnessThreadOptions) {
    const { definition, source, config, log, clock, router, rpcTimeout, state, metrics, members } = options
    this.#options = options
    const records = definition.timers.reduce((sum, timer) => sum + timer.concurrency, 0)
    this.block = ThreadBlock.withRecords(records)
    this.#runs = new RunTable({
      block: this.block,
      records,
      threadId: KILLED.threadId,
      clock,
      send: (request) => this.#perform(request),
      sendAbort: (record) => this.#runner!.abort(record),
      kill: () => this.kill(),
    })
    const say = (message: CallMessage | CancelMessage | ReturnMessage) =>
      router.receive(this, structuredClone(message, { transfer: transferOf(message) }))
    this.#client = new RpcClient({ post: say, clock, timeout: rpcTimeout, readTimeout: readCallTimeout })
    this.service = new ServiceObject(
      definition,
      source,
      {
        config,
        log,
        [HOST]: {
          call: (service, method, args, given) => this.#client.call(service, method, args, given, currentRun()),
          askState: async (request) => state.answer(definition.name, request),
          sendMetrics: (message) => metrics.take(this, message),
          lease: (name) => this.#lease(name),
          members,
        },
      },
      options,
    )
    this.#server = new RpcServer({
      post: say,
      services: [this.service],
      now: () => clock.now(),
      block: this.block,
      tracing: new Tracing(),
    })
  }

  async start(): Promise<void> {
    await this.service.prepare()
    await this.service.start(() => {})
    const { clock } = this.#options
    this.#runner = new TimerRunner(
      this.service.timers((name) => this.#lease(name)),
      this.block,
      {
        gate: {
          now: () => clock.now(),
          hold: (_block, _slot, dueMono) => this.#holdUntil(dueMono),
        },
      },
    )
  }

  #holdUntil(dueMono: Micros): Promise<Micros> {
    const { clock } = this.#options
    this.#held++
    return new Promise((resolve) => {
      clock.after(dueMono - clock.now(), () => {
        this.#held--
        resolve(clock.now())
      })
    })
  }

  #lease(name: string): LeaseView {
    const { coordination, clock } = this.#options
    return new LeaseView(name, coordination.leases.indexOf(name), new LeaseBlock(coordination.memory), clock)
  }

  get isUp(): boolean {
    return this.#runner !== undefined && !this.#isKilled
  }

  async #perform(request: RunRequest): Promise<RunReply | BatchReply> {
    if (typeof request === 'number') return this.#runner!.run(request)
    for (const record of request) {
      const reply = this.#runner!.run(record)
      void Promise.resolve(reply).then((ended) => this.#runs.settle([record], [ended]))
    }
    return []
  }

  /** Runs that wait at the gate for the virtual clock. */
  get held(): number {
    return this.#held
  }

  get inFlight(): number {
    return this.#runs.size
  }

  run(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    return this.#runs.handOver(timer, invocation, done)
  }

  /** Reports the runs as crashed and drops all further messages, as if the thread had ended. */
  kill(): void {
    if (this.#isKilled) return
    this.#isKilled = true
    const { router, metrics, onKill } = this.#options
    router.ended(this, errorOfExit(KILLED))
    metrics.retire(this)
    this.#runs.end(KILLED, 0)
    onKill(this)
  }

  /** Receives a message of the router asynchronously, as a thread does. */
  post(message: CallMessage | CancelMessage | ReturnMessage): void {
    afterThis(() => {
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
