import { DefinitionError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import { carrierOf, type DecoratorTarget, decoratorTargetOf, isBareUse, refuse } from './decorator-target.js'
import type { InjectDecorator } from './decorator-types.js'
import { appendInjection } from './metadata.js'

/**
 * Asks for a dependency: `@inject(Config) config!: Config`. It is there when `onStart` is called, not yet in the
 * constructor; under `experimentalDecorators` a parameter of the constructor can be marked instead.
 *
 * @param token What is asked for: a dependency provider class. Further arguments go to its constructor.
 * @throws DefinitionError (`ERR_DECORATOR`) when the token is missing, or on anything but a public instance property or a
 *   parameter of the constructor.
 */
export function inject(token: unknown, ...args: readonly unknown[]): InjectDecorator {
  if (isBareUse([token, ...args])) {
    throw new DefinitionError('ERR_DECORATOR', [
      '@inject cannot be used like this: write @inject(Logger) before a property',
    ])
  }
  if (token === undefined || token === null) {
    throw new DefinitionError('ERR_DECORATOR', [
      `@inject expects what to inject, got ${show(token)}: is it imported from a module that imports this one?`,
    ])
  }
  return (...target: readonly unknown[]) => {
    const placement = decoratorTargetOf(target)
    const place = placeOf(placement)
    appendInjection(carrierOf('inject', placement), { ...place, token, args })
  }
}

function placeOf(placement: DecoratorTarget): { property: string } | { parameter: number } {
  const { kind, name, isStatic, isPrivate, parameter } = placement
  if (parameter !== undefined) {
    if (name !== undefined) refuse('inject', placement, 'only the constructor takes dependencies')
    return { parameter }
  }
  if (kind !== 'field') refuse('inject', placement, 'it belongs on a property, or on a parameter of the constructor')
  if (isStatic) refuse('inject', placement, 'remove "static", each instance has dependencies of its own', 'static')
  if (isPrivate) refuse('inject', placement, 'remove the "#", it is set from outside', 'private')
  if (typeof name !== 'string') refuse('inject', placement, 'give it a name', 'nameless')
  return { property: name }
}
