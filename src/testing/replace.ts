/** What can be changed about a harness before it is started. */
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Harness } from './harness.js'
import { stub } from './stub.js'

/**
 * Replaces dependencies, by the names of their properties: those that are named get a stub, which is returned; those in an
 * object get what stands there. Their providers are not made. Before the start only.
 *
 *     const { db } = replaceDependencies(harness, 'db')
 *     replaceDependencies(harness, { clock: fixedClock })
 *
 * @throws UsageError for a name nothing is injected under, one that is given twice, or a harness that has been started.
 */
export function replaceDependencies<const Name extends string>(
  harness: Harness,
  ...given: readonly (Name | Readonly<Record<string, unknown>>)[]
  // biome-ignore lint/suspicious/noExplicitAny: a stub is whatever it is taken for.
): Record<Name, any> {
  const named = given.filter((item): item is Name => typeof item === 'string')
  const values: Record<string, unknown> = Object.assign({}, ...given.filter((item) => typeof item !== 'string'))
  for (const name of named) {
    if (!Object.hasOwn(values, name)) continue
    throw new UsageError('ERR_TWICE', `${show(name)} is both to be replaced by a stub and by what was given`)
  }
  const stubs = Object.fromEntries(named.map((name) => [name, stub()])) as Record<Name, unknown>
  harness.replace({ ...values, ...stubs })
  return stubs
}

/**
 * Leaves only these entrypoints: no other timer ticks and no other method can be called. Before the start only.
 *
 * @throws UsageError for an entrypoint that does not exist, or a harness that has been started.
 */
export function restrictEntrypoints(harness: Harness, ...methods: readonly string[]): void {
  harness.restrict(methods)
}
