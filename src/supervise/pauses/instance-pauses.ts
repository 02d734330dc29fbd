/**
 * Keeps pauses in the state file of this instance.
 *
 * What was said is written at once: `kill -9` a moment later loses nothing that is reported as saved. A write that fails is tried again
 * after 1 s, 2 s, 4 s ... 60 s, and is a problem until it succeeds.
 */
import { InterruptibleSleep } from '../../coordinate/interruptible-sleep.js'
import type { Micros } from '../../kernel/time.js'
import type { PauseFile } from '../../state/open-state.js'
import type { KeeperOptions, PauseKeeper } from './pause-keeper.js'
import { toSave } from './saved-pauses.js'

export interface InstancePausesOptions extends KeeperOptions {
  readonly file: PauseFile
}

const FIRST_RETRY: Micros = 1_000_000
const MAX_RETRY: Micros = 60_000_000

export class InstancePauses implements PauseKeeper {
  readonly kept = 'instance'
  readonly #options: InstancePausesOptions
  readonly #sleeper: InterruptibleSleep
  #writing: Promise<void> | undefined
  #isFailing = false
  #isClosed = false

  constructor(options: InstancePausesOptions) {
    this.#options = options
    this.#sleeper = new InterruptibleSleep(options.clock)
  }

  changed(): void {
    if (!this.#isClosed) this.#writing ??= this.#write()
    this.#sleeper.interrupt()
  }

  /** The file was read before the engine was made. */
  async loaded(): Promise<void> {}

  get problems(): readonly string[] {
    if (!this.#isFailing) return []
    const ids = this.#options.book.unsaved().map(([id]) => id)
    return [`what was said about pauses is not in the state file yet (${ids.join(', ')}): ${NOT_WRITTEN}`]
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sleeper.interrupt()
    await this.#writing
  }

  async #write(): Promise<void> {
    const { book, file, onFailure, onSaved } = this.#options
    let retry = FIRST_RETRY
    for (;;) {
      const unsaved = book.unsaved()
      if (unsaved.length === 0) break
      file.savePauses(toSave(book, false))
      if (await file.flush()) {
        this.#isFailing = false
        for (const [id, { record }] of unsaved) book.saved(id, record)
        onSaved(unsaved.map(([id]) => id))
        continue
      }
      if (!this.#isFailing)
        onFailure(
          unsaved.map(([id]) => id),
          new Error(NOT_WRITTEN),
        )
      this.#isFailing = true
      // The stop writes the file once more.
      if (this.#isClosed) break
      await this.#sleeper.sleep(retry)
      retry = Math.min(2 * retry, MAX_RETRY)
    }
    this.#writing = undefined
  }
}

const NOT_WRITTEN = 'the state file cannot be written, the log says why; the write is tried again'
