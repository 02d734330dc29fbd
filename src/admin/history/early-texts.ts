/** Texts of runs whose ticks have not come yet: of runs in progress, and of those that have just ended. */
import { GrowingRunText } from './run-text.js'

export interface EarlyTextsOptions {
  /** The most that is kept. Unit: bytes. */
  readonly limit: number
  /** Called for each run whose text was dropped for a newer one. */
  readonly onDropped: () => void
}

/** Of the limit, what is left after texts were dropped. To find the oldest one takes long: it is done for many at once. */
const LEFT = 0.9

export class EarlyTexts {
  readonly #options: EarlyTextsOptions
  /** By entrypoint and sequence number, in the order of their first notes. */
  readonly #texts = new Map<string, GrowingRunText>()
  #bytes = 0

  constructor(options: EarlyTextsOptions) {
    this.#options = options
  }

  get bytes(): number {
    return this.#bytes
  }

  has(entrypoint: number, sequence: number): boolean {
    return this.#texts.has(keyOf(entrypoint, sequence))
  }

  /** Changes the text of a run. */
  change(entrypoint: number, sequence: number, how: (text: GrowingRunText) => void): void {
    const key = keyOf(entrypoint, sequence)
    const known = this.#texts.get(key)
    const text = known ?? new GrowingRunText()
    this.#bytes -= known?.bytes ?? 0
    how(text)
    this.#bytes += text.bytes
    this.#texts.set(key, text)
    this.#makeRoom()
  }

  /** Takes the text of a run whose tick has come; undefined when it has said nothing. */
  take(entrypoint: number, sequence: number): GrowingRunText | undefined {
    const key = keyOf(entrypoint, sequence)
    const text = this.#texts.get(key)
    if (!text) return undefined
    this.#texts.delete(key)
    this.#bytes -= text.bytes
    return text
  }

  #makeRoom(): void {
    const { limit, onDropped } = this.#options
    if (this.#bytes <= limit) return
    for (const [key, text] of this.#texts) {
      if (this.#bytes <= limit * LEFT) return
      this.#texts.delete(key)
      this.#bytes -= text.bytes
      onDropped()
    }
  }
}

function keyOf(entrypoint: number, sequence: number): string {
  return `${entrypoint}:${sequence}`
}
