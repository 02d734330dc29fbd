import { UsageError } from './errors.js'
import { didYouMean, show } from './suggest.js'

/**
 * Throws for options that do not exist, because a misspelt option would otherwise be ignored without notice. `undefined` is
 * accepted.
 *
 * @param what The function that was called, for the message: `createHarness()`.
 * @param renamed The present name of each option that once had another.
 * @throws UsageError (`ERR_UNKNOWN_OPTION`) for an unknown option; (`ERR_OPTIONS`) when `given` is not an object.
 */
export function refuseUnknownKeys(
  given: unknown,
  known: readonly string[],
  what: string,
  renamed: Readonly<Record<string, string>> = {},
): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError('ERR_OPTIONS', `${what}: options must be an object, got ${show(given)}`)
  }
  const unknown = Object.keys(given).filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  const problems = unknown.map((key) =>
    Object.hasOwn(renamed, key)
      ? `option ${show(key)} was renamed to ${show(renamed[key])}`
      : `option ${show(key)} is not known${didYouMean(key, known)}`,
  )
  throw new UsageError('ERR_UNKNOWN_OPTION', `${what}: ${problems.join('; ')} (known: ${known.join(', ')})`)
}
