import { UsageError } from './errors.js'
import { didYouMean, show } from './suggest.js'

/**
 * Refuses options that do not exist: a misspelt one would do nothing, and nobody would know. Nothing at all (undefined) is
 * fine.
 *
 * @param what Who was given them, for the message: `createHarness()`.
 * @throws UsageError (`ERR_UNKNOWN_OPTION`) for a name that is not known; (`ERR_OPTIONS`) for anything but an object.
 */
export function refuseUnknownKeys(given: unknown, known: readonly string[], what: string): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError('ERR_OPTIONS', `${what}: options must be an object, got ${show(given)}`)
  }
  const unknown = Object.keys(given).filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  const problems = unknown.map((key) => `option ${show(key)} is not known${didYouMean(key, known)}`)
  throw new UsageError('ERR_UNKNOWN_OPTION', `${what}: ${problems.join('; ')} (there is ${known.join(', ')})`)
}
