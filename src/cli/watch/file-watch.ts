/**
 * Tells when the contents of files have changed.
 *
 * It asks for the state of each file again and again (`fs.watchFile`). `fs.watch` would be told of changes at once, but loses a file
 * that an editor replaces by a new one, is told nothing on network and container mounts, and is limited in number.
 */
import { createHash } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Clock } from '../../kernel/clock.js'
import { type Micros, microsFromMillis } from '../../kernel/time.js'

/** Unit: milliseconds. How often the state of each file is asked for. */
const LOOK_EVERY_MS = 250

/** Several files that are saved together are one change. */
const QUIET: Micros = microsFromMillis(200)

export class FileWatch {
  readonly #clock: Pick<Clock, 'after'>
  readonly #onChange: (files: readonly string[]) => void
  /** Of what was last told, or there at the beginning. */
  readonly #hashes = new Map<string, string>()
  #cancel: (() => void) | undefined

  constructor(clock: Pick<Clock, 'after'>, onChange: (files: readonly string[]) => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Watches these files from now on, and no others. */
  watch(files: readonly string[]): void {
    for (const file of this.#hashes.keys()) if (!files.includes(file)) this.#drop(file)
    for (const file of files) {
      if (this.#hashes.has(file)) continue
      this.#hashes.set(file, hashOf(file) ?? '')
      watchFile(file, { interval: LOOK_EVERY_MS }, this.#soon)
    }
  }

  close(): void {
    this.#cancel?.()
    for (const file of this.#hashes.keys()) this.#drop(file)
  }

  readonly #soon = () => {
    this.#cancel?.()
    this.#cancel = this.#clock.after(QUIET, () => this.#look())
  }

  /** A file that is not there is about to be replaced, or was removed: it has not changed until it is there again. */
  #look(): void {
    const changed = [...this.#hashes].filter(([file, before]) => {
      const now = hashOf(file)
      if (now === undefined || now === before) return false
      this.#hashes.set(file, now)
      return true
    })
    if (changed.length > 0) this.#onChange(changed.map(([file]) => file))
  }

  #drop(file: string): void {
    unwatchFile(file, this.#soon)
    this.#hashes.delete(file)
  }
}

/** Undefined when it cannot be read. */
function hashOf(file: string): string | undefined {
  try {
    return createHash('sha1').update(readFileSync(file)).digest('hex')
  } catch {
    return undefined
  }
}
