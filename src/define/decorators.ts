/**
 * The decorators of a service class. They only record their arguments. The options are checked, and values of the
 * configuration are looked up, when the class is described. A decorator in the wrong place throws at once.
 */
import { DefinitionError } from '../kernel/errors.js'
import { carrierOf, type DecoratorTarget, decoratorTargetOf, isBareUse, isClass, refuse } from './decorator-target.js'
import type { MethodEntrypointDecorator, ServiceDecorator } from './decorator-types.js'
import type { EntrypointEntry } from './entries.js'
import { appendEntrypoint, writeService } from './metadata.js'
import type { Configurable } from './options/from-config.js'
import type { CronOptions, Interval, TimerOptions } from './options/option-types.js'
import type { ServiceOptions } from './options/service-options.js'

/**
 * Marks a class as a service. Each worker thread of the service has one object of the class.
 *
 *     @service('mailer')
 *     @service({ name: 'mailer', threads: 2 })
 *
 * A subclass inherits entrypoints and injections, but it is a service only if it is marked itself.
 *
 * @throws DefinitionError (`ERR_DECORATOR`) when it is not on a class, or is written without parentheses.
 */
export function service(...given: [nameOrOptions: string | ServiceOptions]): ServiceDecorator {
  const [options] = given
  if (isBareUse(given) || isClass(options)) refuseUse('service', "@service('name') above a class")
  return (...target: readonly unknown[]) => {
    const placement = decoratorTargetOf(target)
    if (placement.kind !== 'class') refuse('service', placement, 'it belongs on the class')
    writeService(carrierOf('service', placement), options)
  }
}

/**
 * Calls the method at an interval: `@timer(0.1)` (seconds), `@timer('5m')`, `@timer(fromConfig('SYNC_INTERVAL', 60))`, or
 * a function that returns the next interval, `@timer(({ load }) => (load > 1 ? 60 : 10))`.
 *
 * The first tick is one interval after the start, unless `eager` is set. Ticks are due at `start + k * interval`: they
 * do not drift, however long the method takes. The method gets a `Tick`. An error that it throws never stops the timer.
 *
 * @throws DefinitionError (`ERR_DECORATOR`) when it is used on anything but a public instance method, or without parentheses.
 */
export function timer(...given: [interval: Interval, options?: TimerOptions]): MethodEntrypointDecorator {
  const [interval, options] = given
  if (isBareUse(given) || isClass(interval)) refuseUse('timer', '@timer(60) above a method')
  return onMethod('timer', (method) => ({ kind: 'timer', method, interval, options }))
}

/**
 * Calls the method at the times that a cron expression matches: `@cron('0 18 * * 1-5', { timezone: 'Europe/Paris' })`.
 *
 * The expression has five fields (minute hour day month weekday), or six with seconds first. The method gets a `Tick`.
 *
 * @throws DefinitionError (`ERR_DECORATOR`) when it is used on anything but a public instance method, or without parentheses.
 */
export function cron(...given: [expression: Configurable<string>, options?: CronOptions]): MethodEntrypointDecorator {
  const [expression, options] = given
  if (isBareUse(given) || isClass(expression)) refuseUse('cron', "@cron('0 18 * * *') above a method")
  return onMethod('cron', (method) => ({ kind: 'cron', method, expression, options }))
}

/**
 * Lets other services call the method by name.
 *
 * @throws DefinitionError (`ERR_DECORATOR`) when it is used on anything but a public instance method, or without parentheses.
 */
export function rpc(...given: []): MethodEntrypointDecorator {
  if (given.length > 0) refuseUse('rpc', '@rpc() above a method')
  return onMethod('rpc', (method) => ({ kind: 'rpc', method }))
}

function onMethod(decorator: string, entryOf: (method: string) => EntrypointEntry): MethodEntrypointDecorator {
  return (...target: readonly unknown[]) => {
    const placement = decoratorTargetOf(target)
    const method = methodName(decorator, placement)
    appendEntrypoint(carrierOf(decorator, placement), entryOf(method))
  }
}

/** Returns the name of a method that a worker can call on a service object; throws when the decorator is not on such a method. */
function methodName(decorator: string, placement: DecoratorTarget): string {
  const { kind, name, isStatic, isPrivate } = placement
  if (kind === 'class') refuse(decorator, placement, "it belongs on a method, the class takes @service('name')")
  if (kind === 'field') refuse(decorator, placement, 'write a method, name() { ... }, not name = () => { ... }')
  if (kind === 'parameter') refuse(decorator, placement, 'it belongs on the method')
  if (kind !== 'method') refuse(decorator, placement, 'write a method')
  if (isStatic) refuse(decorator, placement, 'remove "static", it is called on an object of the class', 'static')
  if (isPrivate) refuse(decorator, placement, 'remove the "#", it is called from outside', 'private')
  if (typeof name !== 'string') refuse(decorator, placement, 'give it a name, which becomes part of its id', 'nameless')
  return name
}

function refuseUse(decorator: string, example: string): never {
  throw new DefinitionError('ERR_DECORATOR', [`@${decorator} cannot be used like this: write ${example}`])
}
