/**
 * The problems of the store, one sentence each, for `/readyz`: that it does not answer, and which of its settings do not fit. Calls
 * `onChange` with all sentences when one of them changes.
 */
export class Trouble {
  readonly #onChange: (trouble: readonly string[]) => void
  #outage: string | undefined
  #problems: readonly string[] = []
  #told = ''

  constructor(onChange: (trouble: readonly string[]) => void) {
    this.#onChange = onChange
  }

  failed(error: unknown): void {
    this.#outage = `the queue does not answer: ${error instanceof Error ? error.message : error}`
    this.#tell()
  }

  answered(): void {
    this.#outage = undefined
    this.#tell()
  }

  checked(problems: readonly string[]): void {
    this.#problems = problems
    this.answered()
  }

  #tell(): void {
    const trouble = [...(this.#outage ? [this.#outage] : []), ...this.#problems]
    const text = trouble.join('\n')
    if (text === this.#told) return
    this.#told = text
    this.#onChange(trouble)
  }
}
