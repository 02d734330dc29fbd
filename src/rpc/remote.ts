/** The caller's view of a service on another thread: an object whose methods are sent there. */
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

/** What a caller sees of one member: `never` when it cannot be called from outside. */
type RemoteMember<Name, Member> = Name extends Hook
  ? never
  : Member extends Method
    ? TakesTick<Member> extends true
      ? never
      : (...args: Parameters<Member>) => Promise<Awaited<ReturnType<Member>>>
    : never

/**
 * A service as its callers see it: its methods, all of them async. Properties, hooks and methods that take a `Tick` are
 * `never`: nothing can be done with them. Decorators leave no trace in a type, so a method without `@rpc()` still shows:
 * name the ones there are in the second parameter, or describe them by an interface, to have the others refused as well.
 *
 *     @rpcProxy('user_service') users!: Remote<UserService>
 *     @rpcProxy('user_service') users!: Remote<UserService, 'getUsers'>
 *
 * (Members are not filtered out: to do so, TypeScript would have to look at all of them at once, and services that call
 * each other would refer to themselves.)
 */
export type Remote<Service, Names extends keyof Service = keyof Service> = {
  readonly [Name in Names]: RemoteMember<Name, Service[Name]>
}

const CALL_OPTIONS: readonly (keyof CallOptions)[] = ['timeout', 'signal']

/** @throws UsageError (`ERR_UNKNOWN_OPTION`) for an option that calls do not have; `what` was given it. */
export function refuseUnknownCallOptions(options: unknown, what: string): void {
  refuseUnknownKeys(options, CALL_OPTIONS, what)
}

/** Makes the calls of a {@link Remote}. */
export type Caller = (method: string, args: readonly unknown[], options: CallOptions) => Promise<unknown>

// A global symbol: what was made with one copy of this package can be used with another.
const CALLER: unique symbol = Symbol.for('escapement.caller')

interface Called {
  readonly [CALLER]: { readonly call: Caller; readonly options: CallOptions }
}

/** An object that has every method there can be; which there are, the service says when they are called. */
export function remoteOf<Service>(call: Caller, options: CallOptions = {}): Remote<Service> {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>()
  return new Proxy(Object.freeze({ [CALLER]: { call, options } }), {
    get(target, name) {
      if (name === CALLER) return target[CALLER]
      // Whoever awaits the object itself asks it for `then`.
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
 * The same service, called with other options:
 *
 *     await withOptions(this.users, { timeout: '500ms' }).getUsers({ limit: 10 })
 *
 * @throws UsageError (`ERR_NOT_REMOTE`) when it is given anything but a remote service; (`ERR_UNKNOWN_OPTION`) for an
 *   option that does not exist.
 */
export function withOptions<Service extends object>(remote: Service, options: CallOptions): Service {
  const called = (remote as Partial<Called>)[CALLER]
  if (!called) {
    throw new UsageError('ERR_NOT_REMOTE', 'withOptions() expects what @rpcProxy() or supervisor.remote() gave')
  }
  refuseUnknownCallOptions(options, 'withOptions()')
  return remoteOf(called.call, { ...called.options, ...options }) as unknown as Service
}
