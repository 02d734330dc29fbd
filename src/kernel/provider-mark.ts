/**
 * Marks provider classes across copies of this package: a module that is compiled to CommonJS on the fly has one of its
 * own, whose classes are not those of the worker.
 */
export const PROVIDER: unique symbol = Symbol.for('escapement.provider')

/** A class whose instances provide a dependency. */
export type MarkedClass = (new (
  ...args: never[]
) => object) & {
  readonly [PROVIDER]: true
  /** The lease that a provider with these arguments gives to a service. */
  readonly leaseFor?: (service: string, ...args: readonly unknown[]) => string
  /** False: what it gives has no use for `currentRun()`. Where nothing has, ticks start some microseconds sooner. */
  readonly usesRun?: boolean
  /** It tells who the members of the deployment are. */
  readonly usesMembers?: boolean
}

export function isMarkedProvider(token: unknown): token is MarkedClass {
  return typeof token === 'function' && (token as { [PROVIDER]?: unknown })[PROVIDER] === true
}
