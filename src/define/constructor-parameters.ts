/** Parameters of a service's constructor that would be undefined, because nothing says what goes there. */

import { isClass } from './decorator-target.js'
import type { Injection, ServiceClass } from './entries.js'
import type { Report } from './options/check.js'

/**
 * Reports every parameter without an injection. Types alone inject only where the compiler writes them down, and what runs
 * TypeScript as it is does not. A parameter with a default, and those after it, may be left out.
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

/** The constructor that takes the parameters: of the nearest class of the chain that does not just pass them on. */
function constructorOf(service: ServiceClass): { readonly name: string; readonly length: number } {
  let nearest: unknown = service
  while (typeof nearest === 'function' && nearest !== Function.prototype) {
    if (hasOwnConstructor(nearest)) return { name: nameOf(nearest), length: lengthOf(nearest) }
    nearest = Object.getPrototypeOf(nearest)
  }
  return { name: nameOf(service), length: 0 }
}

/** One that compilers add, for fields or decorators, passes all of its arguments on. */
const PASSES_ON = /\bconstructor\s*\((?:\s*|\s*\.\.\.\s*(\w+)\s*)\)\s*\{\s*super\(\s*\.\.\.\s*(?:arguments|\1)\s*\)/

/** An implicit constructor takes any number of arguments, but its length is 0: only the class's text tells it from `()`. */
function hasOwnConstructor(candidate: object): boolean {
  if (!isClass(candidate) || lengthOf(candidate) > 0) return true
  const text = Function.prototype.toString.call(candidate)
  return /(?<![.\w$])constructor\b/.test(text) && !PASSES_ON.test(text)
}

/** The length of the constructor, not a static member of that name: those can be written, or are getters, which are not asked. */
function lengthOf(candidate: object): number {
  const own = Object.getOwnPropertyDescriptor(candidate, 'length')
  return typeof own?.value === 'number' && !own.writable ? own.value : 0
}

function nameOf(candidate: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(candidate, 'name')?.value
  return typeof name === 'string' && name !== '' ? name : 'the class'
}
