/** Changes to a harness before it starts. */
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Harness } from './harness.js'
import { stub } from './stub.js'

/**
 * Replaces dependencies, identified by the property that they are injected into. A name is replaced by a stub, which is
 * returned. The entries of an object are replaced by their values. The replaced providers are not constructed. Call it before
 * the start of the harness.
 *
 *     const { db } = replaceDependencies(harness, 'db')
 *     replaceDependencies(harness, { clock: fixedClock })
 *
 * @throws UsageError for an unknown name, for a name that is given twice, or when the harness has been started.
 */
export function replaceDependencies<const Name extends string>(
  harness: Harness,
  ...given: readonly (Name | Readonly<Record<string, unknown>>)[]
  // biome-ignore lint/suspicious/noExplicitAny: a stub can stand for a value of any type.
): Record<Name, any> {
  const named = given.filter((item): item is Name => typeof item === 'string')
  const values: Record<string, unknown> = Object.assign({}, ...given.filter((item) => typeof item !== 'string'))
  for (const name of named) {
    if (!Object.hasOwn(values, name)) continue
    throw new UsageError('ERR_TWICE', `${show(name)} is replaced twice: by a stub and by a given value`)
  }
  const stubs = Object.fromEntries(named.map((name) => [name, stub()])) as Record<Name, unknown>
  harness.replace({ ...values, ...stubs })
  return stubs
}

/**
 * Keeps only these entrypoints: other timers do not tick and other methods cannot be called. Call it before the start of the
 * harness.
 *
 * @throws UsageError for an entrypoint that does not exist, or when the harness has been started.
 */
export function restrictEntrypoints(harness: Harness, ...methods: readonly string[]): void {
  harness.restrict(methods)
}
