/** Finds the methods of a provider class without creating a provider. A method may be a field, which only the source text shows. */
import { type MarkedClass, PROVIDER } from '../kernel/provider-mark.js'

/** Hooks that were renamed: old name, new name. */
const RENAMED_HOOKS = {
  workerSetup: 'beforeRun',
  workerResult: 'onResult',
  workerTeardown: 'afterRun',
  kill: 'abandon',
} as const

/** Matches too much rather than too little, because a provider without `get` is refused. */
const ASSIGNS_GET = /\bget\s*=(?!=)|["']get["']/

export function hasGet(provider: MarkedClass): boolean {
  // A class that carries the mark itself, as `DependencyProvider` does, is left to the classes that extend it.
  return Object.hasOwn(provider, PROVIDER) || hasMember(provider, 'get', ASSIGNS_GET)
}

/** A sentence for each hook that is defined under its old name, under which it would never be called. */
export function renamedHooks(provider: MarkedClass): string[] {
  return Object.entries(RENAMED_HOOKS)
    .filter(([old]) => hasMember(provider, old, fieldNamed(old)))
    .map(([old, now]) => `the hook "${old}" of ${provider.name} was renamed to "${now}"`)
}

/** A class field, or an assignment to `this`; not a local variable of that name. */
const fieldNamed = (name: string) => new RegExp(`(?:^|[;{}]|\\bthis\\.)\\s*${name}\\s*=(?!=)`, 'm')

/** True for a method of the class or of one it extends, and for a field that the text of one of these classes assigns. */
function hasMember(provider: MarkedClass, name: string, assignment: RegExp): boolean {
  if (Reflect.has(provider.prototype, name)) return true
  let ancestor: unknown = provider
  while (typeof ancestor === 'function' && !Object.hasOwn(ancestor, PROVIDER)) {
    if (assignment.test(Function.prototype.toString.call(ancestor))) return true
    ancestor = Object.getPrototypeOf(ancestor)
  }
  return false
}
