/**
 * Reads where a decorator is written from the arguments of either protocol: `(value, context)` for standard decorators,
 * `(target, name, descriptor or parameter index)` under TypeScript's `experimentalDecorators`.
 */
import { DefinitionError } from '../kernel/errors.js'

export type DecoratorTargetKind = 'class' | 'method' | 'getter' | 'setter' | 'accessor' | 'field' | 'parameter'

export interface DecoratorTarget {
  readonly kind: DecoratorTargetKind
  /** Name of the member; undefined for a class and for a parameter of its constructor. */
  readonly name: string | symbol | undefined
  readonly isStatic: boolean
  readonly isPrivate: boolean
  /** The object that stores the metadata; undefined when the compiler gives standard decorators no metadata object. */
  readonly carrier: object | undefined
  /** Index of the parameter when {@link kind} is `parameter`. */
  readonly parameter?: number
}

interface StandardContext {
  readonly kind: DecoratorTargetKind
  readonly name: string | symbol | undefined
  readonly static?: boolean
  readonly private?: boolean
  readonly metadata?: object
}

/** Reads the arguments of a decorator call. */
export function decoratorTargetOf(args: readonly unknown[]): DecoratorTarget {
  return isStandardContext(args[1]) ? standardPlacement(args[1]) : legacyPlacement(args)
}

/** True when a decorator *factory* gets the arguments of a decorator: `@timer` was written instead of `@timer(60)`. */
export function isBareUse(args: readonly unknown[]): boolean {
  return isStandardContext(args[1]) || isPrototype(args[0])
}

/** True for a class, false for a plain function. Only the source text tells them apart. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

/** Throws an error that names the place, why the decorator cannot be used there, and what to do instead. */
export function refuse(decorator: string, { kind, name }: DecoratorTarget, advice: string, quality = ''): never {
  const found = quality === '' ? (kind === 'accessor' ? 'an accessor' : `a ${kind}`) : `a ${quality} ${kind}`
  const which = name === undefined ? '' : ` (${String(name)})`
  throw new DefinitionError('ERR_DECORATOR', [`@${decorator} cannot be used on ${found}${which}: ${advice}`])
}

/** Returns the carrier; throws when there is none. */
export function carrierOf(decorator: string, { carrier }: DecoratorTarget): object {
  if (carrier) return carrier
  throw new DefinitionError('ERR_DECORATOR', [
    `@${decorator} got no metadata object from the compiler: use TypeScript 5.2 or esbuild 0.21.3 or later, or turn on experimentalDecorators`,
  ])
}

function standardPlacement(context: StandardContext): DecoratorTarget {
  return {
    kind: context.kind,
    name: context.kind === 'class' ? undefined : context.name,
    isStatic: context.static === true,
    isPrivate: context.private === true,
    carrier: typeof context.metadata === 'object' && context.metadata !== null ? context.metadata : undefined,
  }
}

function legacyPlacement([target, name, third]: readonly unknown[]): DecoratorTarget {
  const owner = typeof target === 'function' ? target : (target as object).constructor
  const kind = legacyKind(name, third)
  return {
    kind,
    name: isName(name) ? name : undefined,
    isStatic: owner === target && name !== undefined,
    isPrivate: false,
    carrier: owner,
    ...(typeof third === 'number' && { parameter: third }),
  }
}

function legacyKind(name: unknown, third: unknown): DecoratorTargetKind {
  if (typeof third === 'number') return 'parameter'
  if (name === undefined) return 'class'
  const descriptor = third as PropertyDescriptor | undefined
  if (descriptor?.get || descriptor?.set) return 'accessor'
  return typeof descriptor?.value === 'function' ? 'method' : 'field'
}

function isStandardContext(value: unknown): value is StandardContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'addInitializer' in value
}

function isName(value: unknown): value is string | symbol {
  return typeof value === 'string' || typeof value === 'symbol'
}

function isPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'constructor')) return false
  return (value.constructor as { prototype?: unknown } | undefined)?.prototype === value
}
