/**
 * Services without decorators, for plain JavaScript.
 *
 *     export default defineService({
 *       name: 'user_service',
 *       dependencies: { log: Logger, mail: [Mailer, 'news@example.com'] },
 *       create({ log, mail }) {
 *         let count = 0
 *         return {
 *           poll(tick) { count += 1 },
 *           report() { log.info({ count }) },
 *           status: () => count,
 *           onStop() {},
 *         }
 *       },
 *       timers: { poll: { interval: 0.1, overlap: 'wait' } },
 *       crons: { report: { expression: '0 18 * * 1-5', timezone: 'Europe/Paris' } },
 *       rpcs: ['status'],
 *     })
 *
 * `create` is called once on each thread and returns the service object, as the constructor of a decorated class does.
 * A variable in `create` keeps state, and a test can call the methods of the returned object.
 */
import { DefinitionError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Configurable } from './options/from-config.js'
import type { CronOptions, Interval, TimerOptions } from './options/option-types.js'
import type { ServiceOptions } from './options/service-options.js'

// A global symbol: one copy of this package recognises a service that another copy defined.
const MARK: unique symbol = Symbol.for('escapement.definedService')

type MethodNames<Service> = {
  [Name in keyof Service]: Service[Name] extends (...args: never) => unknown ? Name & string : never
}[keyof Service]

// biome-ignore lint/suspicious/noExplicitAny: a user's own annotation of the dependency must type-check.
type Untyped = any

/** `Untyped` for `unknown` and for an object without members, such as the `Remote<unknown>` of `[RpcProxy, 'users']`. */
type UsableType<Value> = unknown extends Value
  ? Untyped
  : Value extends object
    ? [keyof Value] extends [never]
      ? Untyped
      : Value
    : Value

/** Type of the value that the `get()` of a provider class returns. */
type Provided<Provider> = Provider extends abstract new (
  ...args: never
) => { get(): infer Value }
  ? UsableType<Value>
  : Untyped

/** The argument of `create`: each dependency under its name, with the type that its provider's `get()` returns. */
export type Injected<Dependencies extends object> = {
  -readonly [Name in keyof Dependencies]: Dependencies[Name] extends readonly [infer Provider, ...unknown[]]
    ? Provided<Provider>
    : Provided<Dependencies[Name]>
}

export type OneOrMore<Value> = Value | readonly Value[]

/**
 * Argument of {@link defineService}. `Service` is the type of the object that `create` returns; `Dependencies` is the type of
 * `dependencies`, by default none.
 */
export interface ServiceBlueprint<Service extends object = object, Dependencies extends object = Record<never, never>>
  extends ServiceOptions {
  /**
   * Creates the service object of a thread. Its argument holds the dependencies under their names, ready to use. It must not
   * return a promise: put asynchronous work into the `onStart` of the object.
   */
  readonly create: (dependencies: Injected<Dependencies>) => Service
  /** The dependencies to inject: a provider class, or a list of a provider class and the arguments of its constructor. */
  readonly dependencies?: Dependencies
  /** The timers by method name: the options of `@timer`, and `interval`. Several timers of a method are a list, each with a `name`. */
  readonly timers?: {
    readonly [Name in MethodNames<NoInfer<Service>>]?: OneOrMore<TimerOptions & { readonly interval: Interval }>
  }
  /** The cron timers by method name: the options of `@cron`, and `expression`. Several are a list, each with a `name`. */
  readonly crons?: {
    readonly [Name in MethodNames<NoInfer<Service>>]?: OneOrMore<
      CronOptions & { readonly expression: Configurable<string> }
    >
  }
  /** Names of the methods that other services may call. */
  readonly rpcs?: readonly MethodNames<NoInfer<Service>>[]
}

/** For the type checker only: no value has this property. */
declare const SERVICE_TYPE: unique symbol

/** The result of {@link defineService}, for a module to export. `Service` is the type of the object that `create` returns. */
export interface DefinedService<Service extends object = object> {
  readonly [MARK]: true
  readonly [SERVICE_TYPE]?: Service
  readonly blueprint: Readonly<Record<string, unknown>>
}

/**
 * Defines a service for a module to export. It is checked when the module is described, not here.
 *
 * @throws DefinitionError (`ERR_DEFINITION`) when the argument is not an object.
 */
export function defineService<Service extends object, const Dependencies extends object = Record<never, never>>(
  blueprint: ServiceBlueprint<Service, Dependencies>,
): DefinedService<Service> {
  if (typeof blueprint !== 'object' || blueprint === null || Array.isArray(blueprint)) {
    throw new DefinitionError('ERR_DEFINITION', [
      `defineService() expects an object with name, create and timers, got ${show(blueprint)}`,
    ])
  }
  return Object.freeze({ [MARK]: true as const, blueprint: Object.freeze({ ...blueprint }) })
}

export function isDefinedService(value: unknown): value is DefinedService {
  return typeof value === 'object' && value !== null && MARK in value
}
