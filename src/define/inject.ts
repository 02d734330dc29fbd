import { DefinitionError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import { carrierOf, type DecoratorTarget, decoratorTargetOf, isBareUse, refuse } from './decorator-target.js'
import type { InjectDecorator } from './decorator-types.js'
import { appendInjection } from './metadata.js'

/**
 * Injects a dependency: `@inject(Config) config!: Config`. The property is set before `onStart` and after the
 * constructor. Under `experimentalDecorators`, `@inject` also marks parameters of the constructor.
 *
 * @param token The dependency provider class. Further arguments go to its constructor.
 * @throws DefinitionError (`ERR_DECORATOR`) when the token is missing, or when it is not on a public property that is not static
 *   or on a parameter of the constructor.
 */
export function inject(token: unknown, ...args: readonly unknown[]): InjectDecorator {
  if (isBareUse([token, ...args])) {
    throw new DefinitionError('ERR_DECORATOR', [
      '@inject cannot be used like this: write @inject(Logger) before a property',
    ])
  }
  if (token === undefined || token === null) {
    throw new DefinitionError('ERR_DECORATOR', [
      `@inject expects a dependency provider, got ${show(token)}: is it imported from a module that imports this one?`,
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
  if (isStatic)
    refuse('inject', placement, 'remove "static", each object of the class has its own dependencies', 'static')
  if (isPrivate) refuse('inject', placement, 'remove the "#", it is set from outside', 'private')
  if (typeof name !== 'string') refuse('inject', placement, 'give it a name', 'nameless')
  return { property: name }
}
