/** The main program as a caller of services. */
import { readCallTimeout } from '../define/call-timeout.js'
import type { Clock } from '../kernel/clock.js'
import { type Remote, remoteOf } from '../kernel/remote.js'
import type { CallOptions } from '../kernel/rpc.js'
import { currentRun } from '../kernel/run-context.js'
import type { Micros } from '../kernel/time.js'
import type { Calling, Cancelling, Returned } from '../pool/link-protocol.js'
import { RpcClient } from '../pool/rpc-client.js'
import type { Party, RpcRouter } from '../pool/rpc-router.js'

export class MainCaller implements Party {
  readonly isOutside = true
  calls = 0
  readonly #client: RpcClient

  constructor(router: RpcRouter, clock: Clock, timeout: Micros) {
    this.#client = new RpcClient({
      // What cannot be cloned must be found before the router has taken it on.
      post: (message) => router.take(this, structuredClone(message)),
      clock,
      timeout,
      readTimeout: readCallTimeout,
    })
  }

  remote<Service>(service: string, options: CallOptions): Remote<Service> {
    return remoteOf((method, args, given) => this.#client.call(service, method, args, given, currentRun()), options)
  }

  post(message: Calling | Cancelling | Returned): void {
    if (message.kind === 'return') this.#client.returned(message.id, message.reply)
  }

  isInside(): boolean {
    return false
  }

  kill(): void {}
}
