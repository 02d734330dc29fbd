/** What is wrong with the coordination store: its settings and records, and whether it answers. */
import type { StoreProblem } from '../../coordinate/ports.js'
import { StoreUnfitError } from '../../coordinate/store-unfit.js'
import { placeOf } from '../../coordinate/stores/place-of.js'
import type { Clock } from '../../kernel/clock.js'
import type { HealthProblem } from '../../kernel/health.js'
import type { Millis } from '../../kernel/time.js'

export class StoreTrouble {
  readonly #url: string
  readonly #clock: Pick<Clock, 'wallNow'>
  readonly #onError: (error: Error) => void
  #failure: { readonly error: Error; readonly since: Millis } | undefined
  #problems: readonly StoreProblem[] = []

  constructor(url: string, clock: Pick<Clock, 'wallNow'>, onError: (error: Error) => void) {
    this.#url = url
    this.#clock = clock
    this.#onError = onError
  }

  /** A request has ended; with an error when the store did not answer it. */
  answered(error: Error | undefined): void {
    this.#failure = error && { error, since: this.#failure?.since ?? this.#clock.wallNow() }
  }

  /** Reports each problem once, when it appears. */
  found(problems: readonly StoreProblem[]): void {
    const known = new Set(this.#problems.map(({ message }) => message))
    this.#problems = problems
    for (const { message } of problems) if (!known.has(message)) this.#onError(new StoreUnfitError(message))
  }

  /** For the health of this instance. */
  get list(): Omit<HealthProblem, 'kind'>[] {
    const problems = this.#problems.map(({ message, forbidsLeading }) => ({
      text: `${forbidsLeading ? 'nobody leads: ' : ''}${message}`,
    }))
    if (!this.#failure) return problems
    const { error, since } = this.#failure
    const where = `the coordination store (${placeOf(this.#url)}, escapement.coordination.url)`
    return [...problems, { text: `${where} does not answer: ${error.message}`, since }]
  }
}
