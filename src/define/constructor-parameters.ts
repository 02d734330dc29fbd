/** Refuses parameters of a service's constructor that would be undefined because nothing is injected into them. */

import { isClass } from './decorator-target.js'
import type { Injection, ServiceClass } from './entries.js'
import type { Report } from './options/check.js'

/**
 * Reports every parameter without an injection. The type of a parameter is enough only when the compiler emits it
 * (`emitDecoratorMetadata`); tools that only strip types do not. A parameter with a default needs no injection, and the ones
 * after it need none either.
 */
export function refuseBareParameters(service: ServiceClass, injections: readonly Injection[], report: Report): void {
  const { name, length } = constructorOf(service)
  for (let parameter = 0; parameter < length; parameter++) {
    if (injections.some((injection) => 'parameter' in injection && injection.parameter === parameter)) continue
    report(
      `constructor parameter ${parameter + 1} of ${name} has nothing to inject and would be undefined: write @inject(Provider) before it; types alone are enough only for code compiled with emitDecoratorMetadata, and a parameter that may be left out needs a default`,
    )
  }
}

/** Finds the constructor that uses the parameters: the nearest one in the class chain that does more than call `super`. */
function constructorOf(service: ServiceClass): { readonly name: string; readonly length: number } {
  let nearest: unknown = service
  while (typeof nearest === 'function' && nearest !== Function.prototype) {
    if (hasOwnConstructor(nearest)) return { name: nameOf(nearest), length: lengthOf(nearest) }
    nearest = Object.getPrototypeOf(nearest)
  }
  return { name: nameOf(service), length: 0 }
}

/** Matches a constructor that a compiler adds for fields or decorators: it passes all its arguments to `super`. */
const PASSES_ON = /\bconstructor\s*\((?:\s*|\s*\.\.\.\s*(\w+)\s*)\)\s*\{\s*super\(\s*\.\.\.\s*(?:arguments|\1)\s*\)/

/** An implicit constructor takes any arguments, yet its length is 0, as that of `constructor()`: only the source text differs. */
function hasOwnConstructor(candidate: object): boolean {
  if (!isClass(candidate) || lengthOf(candidate) > 0) return true
  const text = Function.prototype.toString.call(candidate)
  return /(?<![.\w$])constructor\b/.test(text) && !PASSES_ON.test(text)
}

/** The constructor's own length. A static member named `length` is ignored: it is writable or a getter. */
function lengthOf(candidate: object): number {
  const own = Object.getOwnPropertyDescriptor(candidate, 'length')
  return typeof own?.value === 'number' && !own.writable ? own.value : 0
}

function nameOf(candidate: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(candidate, 'name')?.value
  return typeof name === 'string' && name !== '' ? name : 'the class'
}
