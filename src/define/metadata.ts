/**
 * Stores what decorators record, and reads it back. The only file that uses reflect-metadata.
 *
 * Each entry is stored on a *carrier*: the class itself under TypeScript's `experimentalDecorators`, the `context.metadata`
 * object of the class under standard decorators. Writers copy a list before they append to it, and write only to the carrier's
 * own list, so a subclass never changes its parent. Readers walk the class chain and read both carriers of each class, so a
 * chain may mix the two kinds of decorators.
 *
 * The keys are global symbols, and all copies of reflect-metadata share one store: one copy of this package (`dist`) can read a
 * class that another copy (such as the TypeScript sources) has decorated.
 */
import 'reflect-metadata'
import type { EntrypointEntry, Injection, ParameterInjection, ServiceClass } from './entries.js'

// Compiled code reads this symbol when it evaluates a class; esbuild falls back to the same global symbol.
;(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata')

const SERVICE = Symbol.for('escapement:service')
const ENTRYPOINTS = Symbol.for('escapement:entrypoints')
const INJECTIONS = Symbol.for('escapement:injections')
/** TypeScript writes this key when `emitDecoratorMetadata` is on. */
const CONSTRUCTOR_TYPES = 'design:paramtypes'

export function writeService(carrier: object, options: unknown): void {
  Reflect.defineMetadata(SERVICE, { options }, carrier)
}

export function appendEntrypoint(carrier: object, entry: EntrypointEntry): void {
  append(ENTRYPOINTS, carrier, entry)
}

export function appendInjection(carrier: object, injection: Injection): void {
  append(INJECTIONS, carrier, injection)
}

/** The argument of the class's own `@service`, in an object because it may be undefined; undefined without `@service`. */
export function readService(service: ServiceClass): { readonly options: unknown } | undefined {
  return carriersOf(service)
    .map((carrier) => Reflect.getOwnMetadata(SERVICE, carrier))
    .find((mark) => mark !== undefined)
}

/**
 * All entrypoints, those of base classes first. The decorators of a method in a subclass replace those in its parents. Several
 * decorators of one method are called from the last to the first; the list has them as they are written.
 */
export function readEntrypoints(service: ServiceClass): EntrypointEntry[] {
  const entries = inherited<EntrypointEntry>(ENTRYPOINTS, service, (entry) => entry.method)
  const methods = new Set(entries.map(({ method }) => method))
  return [...methods].flatMap((method) => entries.filter((entry) => entry.method === method).reverse())
}

/** All injections: properties of the whole chain, and the parameters of the nearest constructor that has any. */
export function readInjections(service: ServiceClass): Injection[] {
  const properties = inherited<Injection>(INJECTIONS, service, (injection) =>
    'property' in injection ? injection.property : undefined,
  )
  return [...properties, ...readParameters(service)]
}

function readParameters(service: ServiceClass): ParameterInjection[] {
  for (const ancestor of lineageOf(service).reverse()) {
    const explicit = ownEntries<Injection>(INJECTIONS, ancestor).filter((injection) => 'parameter' in injection)
    const types: unknown = Reflect.getOwnMetadata(CONSTRUCTOR_TYPES, ancestor)
    if (explicit.length > 0 || Array.isArray(types)) {
      const byType = Array.isArray(types) ? types.flatMap(injectionByType) : []
      const isTaken = (parameter: number) => explicit.some((injection) => injection.parameter === parameter)
      return [...explicit, ...byType.filter(({ parameter }) => !isTaken(parameter))].sort(
        (left, right) => left.parameter - right.parameter,
      )
    }
  }
  return []
}

/** TypeScript writes `Object`, `String` and the like for types that are not classes: such types name no provider. */
function injectionByType(token: unknown, parameter: number): ParameterInjection[] {
  const isBuiltIn = typeof token !== 'function' || Reflect.get(globalThis, token.name) === token
  return isBuiltIn ? [] : [{ parameter, token, args: [], isByType: true }]
}

function append(key: symbol, carrier: object, entry: unknown): void {
  const own: readonly unknown[] = Reflect.getOwnMetadata(key, carrier) ?? []
  Reflect.defineMetadata(key, [...own, entry], carrier)
}

/** The entries of the class chain; for each key only those of the most derived class that has any. */
function inherited<Entry>(list: symbol, service: ServiceClass, keyOf: (entry: Entry) => string | undefined): Entry[] {
  const byKey = new Map<string, Entry[]>()
  for (const ancestor of lineageOf(service)) {
    const own = ownEntries<Entry>(list, ancestor)
    for (const key of new Set(own.map(keyOf))) {
      if (key !== undefined)
        byKey.set(
          key,
          own.filter((entry) => keyOf(entry) === key),
        )
    }
  }
  return [...byKey.values()].flat()
}

function ownEntries<Entry>(key: symbol, service: ServiceClass): Entry[] {
  return carriersOf(service).flatMap((carrier): Entry[] => Reflect.getOwnMetadata(key, carrier) ?? [])
}

/** Both carriers of a class. `Symbol.metadata` must be its own: an undecorated subclass inherits that of its parent. */
function carriersOf(service: ServiceClass): object[] {
  const standard = Object.hasOwn(service, Symbol.metadata) ? service[Symbol.metadata] : null
  return standard ? [service, standard] : [service]
}

/** The class and its ancestors, the base class first. */
function lineageOf(service: ServiceClass): ServiceClass[] {
  const lineage: ServiceClass[] = []
  let ancestor: unknown = service
  while (typeof ancestor === 'function' && ancestor !== Function.prototype) {
    lineage.unshift(ancestor as ServiceClass)
    ancestor = Object.getPrototypeOf(ancestor)
  }
  return lineage
}
