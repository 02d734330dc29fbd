/**
 * What decorators write and describing reads: the only file that uses reflect-metadata.
 *
 * Every entry hangs on a *carrier*: the class itself under TypeScript's `experimentalDecorators`, the `context.metadata`
 * object of the class under standard decorators. A list is copied before something is appended to it, and only own
 * lists are ever written, so a subclass never changes its parent. The readers walk the class chain and look at both
 * carriers of each class; a chain may even mix the two kinds of decorators.
 *
 * The keys are global symbols and all copies of reflect-metadata share one store: a class that was decorated with one
 * copy of this package (the TypeScript sources, say) is understood by another (`dist`).
 */
import 'reflect-metadata'
import type { EntrypointEntry, Injection, ParameterInjection, ServiceClass } from './entries.js'

// Compilers look for the symbol when a class is evaluated; esbuild falls back to this very one.
;(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata')

const SERVICE = Symbol.for('escapement:service')
const ENTRYPOINTS = Symbol.for('escapement:entrypoints')
const INJECTIONS = Symbol.for('escapement:injections')
/** Written by TypeScript itself where `emitDecoratorMetadata` is on. */
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

/** What the class's own `@service` was given, boxed because it may be anything; undefined when it has none. */
export function readService(service: ServiceClass): { readonly options: unknown } | undefined {
  return carriersOf(service)
    .map((carrier) => Reflect.getOwnMetadata(SERVICE, carrier))
    .find((mark) => mark !== undefined)
}

/** All entrypoints, those of base classes first. What a subclass says of a method replaces what its parents said. */
export function readEntrypoints(service: ServiceClass): EntrypointEntry[] {
  return inherited<EntrypointEntry>(ENTRYPOINTS, service, (entry) => entry.method)
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

/** TypeScript writes `Object`, `String` and the like for types that are no classes: nothing can be injected by those. */
function injectionByType(token: unknown, parameter: number): ParameterInjection[] {
  const isBuiltIn = typeof token !== 'function' || Reflect.get(globalThis, token.name) === token
  return isBuiltIn ? [] : [{ parameter, token, args: [], isByType: true }]
}

function append(key: symbol, carrier: object, entry: unknown): void {
  const own: readonly unknown[] = Reflect.getOwnMetadata(key, carrier) ?? []
  Reflect.defineMetadata(key, [...own, entry], carrier)
}

/** The entries of the chain; under one key only those of the most derived class that has any. */
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

/** Both places a class's own metadata may hang on. An undecorated subclass sees its parent's `Symbol.metadata`: not own. */
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
