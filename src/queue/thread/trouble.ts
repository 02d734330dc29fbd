/**
 * The problems of the store, one sentence each, for `/readyz`: that it cannot be used, and which of its settings do not fit. Calls
 * `onChange` with all sentences when one of them changes.
 */
const ADVICE =
  'it must be a running Redis or Postgres server that this instance can reach and log in to: check the server, the network and the setting'

export class Trouble {
  readonly #place: string
  readonly #onChange: (trouble: readonly string[]) => void
  #outage: string | undefined
  #problems: readonly string[] = []
  #told = ''

  /** @param place names the store, with the setting that leads to it. */
  constructor(place: string, onChange: (trouble: readonly string[]) => void) {
    this.#place = place
    this.#onChange = onChange
  }

  failed(error: unknown): void {
    const why = error instanceof Error ? error.message : error
    this.#outage = `the store of the queue (${this.#place}) cannot be used: ${why}; ${ADVICE}`
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
