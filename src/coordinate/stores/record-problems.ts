/** Remembers which records of a store could not be used when they were last read. */
import type { StoreProblem } from '../ports.js'

const MAX_LISTED = 10

export class RecordProblems {
  readonly #byKey = new Map<string, StoreProblem>()

  /** `what` completes "the key ... of the store". Reports until {@link clear} or until the next report for the key. */
  report(key: string, what: string): void {
    const message = `the key ${JSON.stringify(key)} of the coordination store ${what}`
    this.#byKey.set(key, { code: 'record', message, forbidsLeading: false })
  }

  /** The record is as it should be. */
  clear(key: string): void {
    this.#byKey.delete(key)
  }

  list(): readonly StoreProblem[] {
    const problems = [...this.#byKey.values()]
    const rest = problems.length - MAX_LISTED
    if (rest <= 0) return problems
    const message = `the coordination store has ${rest} more keys with values that Escapement did not write`
    return [...problems.slice(0, MAX_LISTED), { code: 'record', message, forbidsLeading: false }]
  }
}
