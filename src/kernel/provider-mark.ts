/**
 * Marks provider classes with a global symbol. `instanceof` would not do: a module compiled to CommonJS on the fly has its own
 * copy of this package, whose classes differ from those of the worker.
 */
export const PROVIDER: unique symbol = Symbol.for('escapement.provider')

/** The class of a dependency provider. */
export type MarkedClass = (new (
  ...args: never[]
) => object) & {
  readonly [PROVIDER]: true
  /** Returns the name of the lease that a provider with these arguments gives to a service. */
  readonly leaseFor?: (service: string, ...args: readonly unknown[]) => string
  /** True when the provider needs the members of the deployment. */
  readonly usesMembers?: boolean
}

export function isMarkedProvider(token: unknown): token is MarkedClass {
  return typeof token === 'function' && (token as { [PROVIDER]?: unknown })[PROVIDER] === true
}
