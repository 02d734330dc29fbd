import type { InjectDecorator } from '../define/decorator-types.js'
import { inject } from '../define/inject.js'
import type { CallOptions } from '../kernel/rpc.js'
import { show } from '../kernel/suggest.js'
import { type Remote, refuseUnknownCallOptions, remoteOf } from '../rpc/remote.js'
import { HOST } from './host-port.js'
import { DependencyProvider } from './provider.js'

/** Provides the `@rpc()` methods of another service. {@link rpcProxy} is the short form of injecting it. */
export class RpcProxy<Service = unknown> extends DependencyProvider<Remote<Service>> {
  readonly #service: string
  readonly #options: CallOptions

  /** `service`: the name given to `@service()`. @throws UsageError (`ERR_UNKNOWN_OPTION`) for an unknown option. */
  constructor(service: string, options: CallOptions = {}) {
    super()
    refuseUnknownCallOptions(options, `RpcProxy of ${show(service)}`)
    this.#service = service
    this.#options = options
  }

  override get(): Remote<Service> {
    const host = this.context[HOST]
    return remoteOf((method, args, options) => host.call(this.#service, method, args, options), this.#options)
  }
}

/**
 * Injects a proxy of another service, whose `@rpc()` methods can be called like local async methods:
 *
 *     @rpcProxy('user_service') users!: Remote<UserService>
 *     ...
 *     const users = await this.users.getUsersForSync({ limit: 100 })
 *
 * Arguments and results are copied as by `structuredClone`. A call ends at its deadline (`options.timeout`, by default
 * `escapement.rpc.timeout`), or when the calling run is aborted.
 *
 * A call rejects with a `RemoteError` when the method throws, `ServiceCrashedError` when the thread of the method ends during
 * the call, `UnknownServiceError`, `MethodNotFoundError`, `RpcTimeoutError` or `ServiceStoppingError`.
 *
 * @throws UsageError (`ERR_UNKNOWN_OPTION`) for an option that does not exist.
 */
export function rpcProxy(service: string, options: CallOptions = {}): InjectDecorator {
  refuseUnknownCallOptions(options, `@rpcProxy(${show(service)})`)
  return inject(RpcProxy, service, options)
}
