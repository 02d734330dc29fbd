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
 * `create` is called once a thread; what it returns is the instance, exactly as if it were one of a decorated class. So
 * state is a variable, and what ticks are methods that can be called in a test.
 */
import { DefinitionError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Configurable } from './options/from-config.js'
import type { CronOptions, Interval, TimerOptions } from './options/option-types.js'
import type { ServiceOptions } from './options/service-options.js'

// A global symbol: a service defined with one copy of this package is understood by another.
const MARK: unique symbol = Symbol.for('escapement.definedService')

type MethodNames<Instance> = {
  [Name in keyof Instance]: Instance[Name] extends (...args: never) => unknown ? Name & string : never
}[keyof Instance]

// biome-ignore lint/suspicious/noExplicitAny: whoever writes a type of their own must not be contradicted.
type Untold = any

/** `Untold` for `unknown`, and for an object without members: `Remote<unknown>`, which `[RpcProxy, 'users']` gives. */
type Told<Value> = unknown extends Value
  ? Untold
  : Value extends object
    ? [keyof Value] extends [never]
      ? Untold
      : Value
    : Value

/** What the `get()` of a provider class returns. */
type Provided<Provider> = Provider extends abstract new (
  ...args: never
) => { get(): infer Value }
  ? Told<Value>
  : Untold

/** What `create` is given: under each name, what its provider's `get()` returns. */
export type Injected<Dependencies extends object> = {
  -readonly [Name in keyof Dependencies]: Dependencies[Name] extends readonly [infer Provider, ...unknown[]]
    ? Provided<Provider>
    : Provided<Dependencies[Name]>
}

/**
 * What {@link defineService} takes. `Instance`: what `create` returns; `Dependencies`: what is written under
 * `dependencies`, default none.
 */
export interface ServiceBlueprint<Instance extends object = object, Dependencies extends object = Record<never, never>>
  extends ServiceOptions {
  /**
   * Makes the instance, given the dependencies under their names: they are ready, as they are for the parameters of a
   * constructor. What has to be waited for belongs in the instance's `onStart`.
   */
  readonly create: (dependencies: Injected<Dependencies>) => Instance
  /** What to inject: a provider class, or a list of one and the arguments of its constructor. */
  readonly dependencies?: Dependencies
  /** By name of the method: what `@timer` takes, with the interval among the options. */
  readonly timers?: {
    readonly [Name in MethodNames<NoInfer<Instance>>]?: TimerOptions & { readonly interval: Interval }
  }
  /** By name of the method: what `@cron` takes, with the expression among the options. */
  readonly crons?: {
    readonly [Name in MethodNames<NoInfer<Instance>>]?: CronOptions & { readonly expression: Configurable<string> }
  }
  /** Names of the methods that other services may call. */
  readonly rpcs?: readonly MethodNames<NoInfer<Instance>>[]
}

/** Only there for the type checker: no value has it. */
declare const INSTANCE: unique symbol

/** A service as {@link defineService} returns it: to be exported. `Instance`: what its `create` returns. */
export interface DefinedService<Instance extends object = object> {
  readonly [MARK]: true
  readonly [INSTANCE]?: Instance
  readonly blueprint: Readonly<Record<string, unknown>>
}

/**
 * Defines a service for a module to export. Everything in it is checked when the module is described, together with
 * everything else in the module.
 *
 * @throws DefinitionError (`ERR_DEFINITION`) when it is given no object.
 */
export function defineService<Instance extends object, const Dependencies extends object = Record<never, never>>(
  blueprint: ServiceBlueprint<Instance, Dependencies>,
): DefinedService<Instance> {
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
