/** The RPC client of the main program, which calls services. */
import { readCallTimeout } from '../define/options/call-timeout.js'
import type { Clock } from '../kernel/clock.js'
import type { CallMessage, CancelMessage, ReturnMessage } from '../kernel/link-protocol.js'
import type { CallOptions } from '../kernel/rpc.js'
import type { RpcEndpoint } from '../kernel/rpc-endpoint.js'
import { currentRun } from '../kernel/run-context.js'
import type { Micros } from '../kernel/time.js'
import { RpcClient } from '../rpc/client.js'
import { type Remote, remoteOf } from '../rpc/remote.js'
import type { RpcRouter } from '../rpc/router.js'

export class MainRpcClient implements RpcEndpoint {
  readonly isOutside = true
  calls = 0
  readonly #client: RpcClient

  constructor(router: RpcRouter, clock: Clock, timeout: Micros) {
    this.#client = new RpcClient({
      post: (message) => router.receive(this, message),
      clock,
      timeout,
      readTimeout: readCallTimeout,
    })
  }

  remote<Service>(service: string, options: CallOptions): Remote<Service> {
    return remoteOf((method, args, given) => this.#client.call(service, method, args, given, currentRun()), options)
  }

  post(message: CallMessage | CancelMessage | ReturnMessage): void {
    if (message.kind === 'return') this.#client.returned(message.id, message.reply)
  }

  isInside(): boolean {
    return false
  }

  kill(): void {}
}
