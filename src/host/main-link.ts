/** The worker thread's end of the port to the main thread: what its services ask for, and what is asked of them. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { LeaseBlock } from '../coordinate/lease-block.js'
import { LeaseView } from '../coordinate/lease-view.js'
import { readCallTimeout } from '../define/options/call-timeout.js'
import type { HostPort } from '../depend/host-port.js'
import { systemClock } from '../kernel/clock.js'
import { InternalError } from '../kernel/errors.js'
import {
  type CallMessage,
  type CancelMessage,
  type ToMain,
  type ToThread,
  transferOf,
} from '../kernel/link-protocol.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { CallOptions } from '../kernel/rpc.js'
import { currentRun } from '../kernel/run-context.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import type { OutputSender } from '../observe/output/output-sender.js'
import type { CoordinationSetup, HostSetup } from '../pool/protocol.js'
import { RpcClient } from '../rpc/client.js'
import { KnownMembers } from './known-members.js'
import type { Tracing } from './trace/tracing.js'

/** Who answers calls from other services. */
export interface CallTaker {
  take(message: CallMessage): Promise<void>
  cancel(message: CancelMessage): void
}

export class MainLink {
  readonly #port: MessagePort
  readonly #output: OutputSender
  readonly #tracing: Pick<Tracing, 'call'>
  readonly #coordination: CoordinationSetup
  readonly #leases: LeaseBlock
  /** By service. */
  readonly #members = new Map<string, KnownMembers>()
  readonly #clock = systemClock()
  readonly #client: RpcClient
  readonly #asked = new Map<number, (answer: StateAnswer) => void>()
  #lastId = 0

  constructor(
    port: MessagePort,
    { rpcTimeout, coordination }: Pick<HostSetup, 'rpcTimeout' | 'coordination'>,
    output: OutputSender,
    tracing: Pick<Tracing, 'call'>,
  ) {
    this.#port = port
    this.#output = output
    this.#tracing = tracing
    this.#coordination = coordination
    this.#leases = new LeaseBlock(coordination.memory)
    this.#client = new RpcClient({
      post: (message) => this.post(message),
      clock: this.#clock,
      timeout: rpcTimeout,
      readTimeout: readCallTimeout,
    })
  }

  post(message: ToMain): void {
    this.#port.postMessage(message, transferOf(message))
  }

  /**
   * Connects the output of this thread with the admin thread. The connection is the first message, and is there before the thread is.
   * The event loop would bring it only after a module has been imported, which may never end.
   */
  connectOutput(): void {
    const first = receiveMessageOnPort(this.#port)?.message as ToThread | undefined
    if (first?.kind !== 'output') throw new InternalError('the connection to the admin thread did not come first')
    this.#output.connect(first.connection)
  }

  /** From now on messages are heard; calls go to `taker`. */
  listen(taker: CallTaker): void {
    this.#port.on('message', (message: ToThread) => {
      switch (message.kind) {
        case 'return':
          return this.#client.returned(message.id, message.reply)
        case 'call':
          return void taker.take(message)
        case 'cancel':
          return taker.cancel(message)
        case 'output':
          return this.#output.connect(message.connection)
        case 'members':
          this.#membersOf(message.service).change(message)
          break
        case 'state':
          this.#asked.get(message.id)?.(message.answer)
          this.#asked.delete(message.id)
      }
    })
  }

  /** What the providers of one service are given. */
  portFor(service: string): HostPort {
    return {
      thread: this,
      call: (callee, method, args, options: CallOptions) =>
        this.#tracing.call(callee, method, (carrier) =>
          this.#client.call(callee, method, args, options, currentRun(), carrier),
        ),
      askState: (request) => this.#askState(service, request),
      sendMetrics: (message: MetricMessage) => this.post({ kind: 'metric', message }),
      lease: (name) => this.lease(name),
      members: this.#membersOf(service),
    }
  }

  /** A lease that one of the services was described with. */
  lease(name: string): LeaseView {
    return new LeaseView(name, this.#coordination.leases.indexOf(name), this.#leases, this.#clock)
  }

  #membersOf(service: string): KnownMembers {
    const known = this.#members.get(service)
    if (known) return known
    const { self, leases, memberships } = this.#coordination
    const index = leases.length + memberships.indexOf(service)
    const members = new KnownMembers({ self, index, memory: this.#leases, clock: this.#clock })
    this.#members.set(service, members)
    return members
  }

  #askState(service: string, request: StateRequest): Promise<StateAnswer> {
    return new Promise((resolve) => {
      const id = ++this.#lastId
      this.#asked.set(id, resolve)
      this.post({ kind: 'state', id, service, request })
    })
  }
}
