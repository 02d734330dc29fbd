/** Says in the log how many lines were dropped, once writing works again: at once the first time, then at most once a minute. */
import { OUTPUT_DROP_REASONS, type OutputMemory } from '../../kernel/output/output-memory.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'

interface DropNoticeOptions {
  readonly memory: Pick<OutputMemory, 'drops'>
  readonly now: () => Micros
  readonly say: (dropped: Readonly<Record<string, number>>) => void
}

const AT_MOST_EVERY: Micros = microsFromSeconds(60)

export class DropNotice {
  readonly #options: DropNoticeOptions
  readonly #said = new Map<string, number>()
  #nextAt: Micros = Number.NEGATIVE_INFINITY

  constructor(options: DropNoticeOptions) {
    this.#options = options
  }

  /** Call it when everything else has been written. `isLast`: there will be no other time. */
  look({ isLast = false } = {}): void {
    const { memory, now, say } = this.#options
    if (!isLast && now() < this.#nextAt) return
    const dropped: Record<string, number> = {}
    for (const reason of OUTPUT_DROP_REASONS) {
      const count = memory.drops(reason)
      const more = count - (this.#said.get(reason) ?? 0)
      if (more > 0) dropped[reason] = more
      this.#said.set(reason, count)
    }
    if (Object.keys(dropped).length === 0) return
    this.#nextAt = now() + AT_MOST_EVERY
    say(dropped)
  }
}
