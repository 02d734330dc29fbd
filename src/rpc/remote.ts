/** Remote services: objects whose methods call a service on another thread. */
import { UsageError } from '../kernel/errors.js'
import { refuseUnknownKeys } from '../kernel/known-keys.js'
import type { CallOptions } from '../kernel/rpc.js'
import type { Tick } from '../kernel/tick.js'

type Method = (...args: never[]) => unknown

type IsTick<Value> = 0 extends 1 & Value
  ? false
  : [Value] extends [Tick]
    ? [Value] extends [never]
      ? false
      : true
    : false

type TakesTick<Of extends Method> = Parameters<Of> extends [infer First, ...unknown[]] ? IsTick<First> : false

type Hook = 'onStart' | 'onStop'

/** The type of one member for callers: `never` when it cannot be called from another thread. */
type RemoteMember<Name, Member> = Name extends Hook
  ? never
  : Member extends Method
    ? TakesTick<Member> extends true
      ? never
      : (...args: Parameters<Member>) => Promise<Awaited<ReturnType<Member>>>
    : never

/**
 * The type of a service for its callers: its methods, all of them async. Properties, hooks and methods that take a `Tick`
 * have the type `never`. Decorators do not change types, so methods without `@rpc()` are included too. To exclude them, name
 * the callable methods in the second parameter, or declare them in an interface.
 *
 *     @rpcProxy('user_service') users!: Remote<UserService>
 *     @rpcProxy('user_service') users!: Remote<UserService, 'getUsers'>
 *
 * (The type does not omit such members, because TypeScript would then have to resolve all members at once, which fails for
 * services that call each other.)
 */
export type Remote<Service, Names extends keyof Service = keyof Service> = {
  readonly [Name in Names]: RemoteMember<Name, Service[Name]>
}

const CALL_OPTIONS: readonly (keyof CallOptions)[] = ['timeout', 'signal']

/** @throws UsageError (`ERR_UNKNOWN_OPTION`) for an unknown call option. `what` names the called function in the message. */
export function refuseUnknownCallOptions(options: unknown, what: string): void {
  refuseUnknownKeys(options, CALL_OPTIONS, what)
}

/** Makes the calls of a {@link Remote}. */
export type Caller = (method: string, args: readonly unknown[], options: CallOptions) => Promise<unknown>

// A global symbol, because a remote service may be made with one copy of this package and used with another.
const CALLER: unique symbol = Symbol.for('escapement.caller')

interface RemoteInternals {
  readonly [CALLER]: { readonly call: Caller; readonly options: CallOptions }
}

/** Makes a remote service. It has a method of every name; a call of a method that the service lacks is rejected. */
export function remoteOf<Service>(call: Caller, options: CallOptions = {}): Remote<Service> {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>()
  return new Proxy(Object.freeze({ [CALLER]: { call, options } }), {
    get(target, name) {
      if (name === CALLER) return target[CALLER]
      // `await` reads `then` of its operand, which must not look like a promise.
      if (typeof name !== 'string' || name === 'then') return undefined
      let method = methods.get(name)
      if (!method) {
        method = (...args) => call(name, args, options)
        methods.set(name, method)
      }
      return method
    },
  }) as unknown as Remote<Service>
}

/**
 * Returns the same remote service with other call options:
 *
 *     await withOptions(this.users, { timeout: '500ms' }).getUsers({ limit: 10 })
 *
 * @throws UsageError (`ERR_NOT_REMOTE`) when `remote` is not a remote service; (`ERR_UNKNOWN_OPTION`) for an unknown option.
 */
export function withOptions<Service extends object>(remote: Service, options: CallOptions): Service {
  const internals = (remote as Partial<RemoteInternals>)[CALLER]
  if (!internals) {
    throw new UsageError(
      'ERR_NOT_REMOTE',
      'withOptions() expects a remote service from @rpcProxy() or supervisor.remote()',
    )
  }
  refuseUnknownCallOptions(options, 'withOptions()')
  return remoteOf(internals.call, { ...internals.options, ...options }) as unknown as Service
}
