/**
 * Keeps the state of services, and the pauses of timers, in a file, so that they survive the process.
 *
 *     changes    x xx   x                  x
 *     writes         W (a second later)        W
 *
 * A write replaces the whole file in one step: after a crash the file holds a complete state that is at most a second old.
 * Each process needs its own file: when two processes write to the same file, the last write wins. That is detected and
 * reported but not prevented, because a lock file left by a crash would prevent the next start of the supervisor.
 */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock } from '../kernel/clock.js'
import { ConfigError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import { replaceFile } from './replace-file.js'
import type { SavedPause } from './saved-pause.js'
import { decodeState, encodeState, type FileContents } from './state-format.js'
import type { StateContents } from './state-store.js'
import { proveReplaceable, readUsable } from './usable-file.js'

export interface StateFileOptions {
  readonly path: string
  readonly clock: Pick<Clock, 'after'>
  /** Called when a write failed, which is retried later, or when another process writes to the same file. */
  readonly onError: (error: Error) => void
  /** Time from a change to the write, and so how much a crash can lose. Default: 1 s. */
  readonly every?: Micros
}

/** For nobody else to read. */
const FILE_MODE = 0o600
const DEFAULT_EVERY = 1_000_000
/** After each failed write the time until the next attempt doubles, up to this. */
const MAX_RETRY_DELAY = 60_000_000

export class StateFile {
  /** The state of services in the file when it was opened. */
  readonly contents: StateContents
  /** The pauses in the file: when it was opened, or since {@link savePauses}. */
  #pauses: readonly SavedPause[]
  /** Returns the state of services to write. */
  #services: () => StateContents
  readonly #options: StateFileOptions
  readonly #path: string
  readonly #every: Micros
  /** The file is not up to date. */
  #isPending = false
  #cancelTimer: (() => void) | undefined
  #writing: Promise<void> | undefined
  #failures = 0
  /** Identity of the file after the last read or write by this process, see {@link identityOf}. */
  #identity: string
  #isShared = false
  #isClosed = false

  private constructor(options: StateFileOptions, path: string, { services, pauses }: FileContents, identity: string) {
    this.#options = options
    this.#path = path
    this.#every = options.every ?? DEFAULT_EVERY
    this.contents = services
    this.#services = () => services
    this.#pauses = pauses
    this.#identity = identity
  }

  /** Reads the file; a missing file is an empty state. Rejects with a ConfigError, without changing the file, when it is unusable. */
  static async open(options: StateFileOptions): Promise<StateFile> {
    const path = resolve(options.path)
    const file = await readUsable(path)
    if (!file) return new StateFile(options, path, { services: new Map(), pauses: [] }, NONE)
    const contents = decodeState(file)
    if (typeof contents === 'string') {
      throw new ConfigError(
        'ERR_STATE_FILE',
        `the state file ${path} cannot be used: ${contents}. It was not changed; move it away to begin with an empty state, or name another file in escapement.state.file`,
      )
    }
    await proveReplaceable(path, file, FILE_MODE)
    return new StateFile(options, path, contents, await identityOf(path))
  }

  /** Schedules a write; `contents` is called when the file is written. */
  save(contents: () => StateContents): void {
    if (this.#isClosed) return
    this.#services = contents
    this.#changed()
  }

  /** The pauses in the file, as of the last {@link savePauses}. */
  get pauses(): readonly SavedPause[] {
    return this.#pauses
  }

  /** Schedules a write of these pauses instead of those before. */
  savePauses(pauses: readonly SavedPause[]): void {
    if (this.#isClosed) return
    this.#pauses = pauses
    this.#changed()
  }

  #changed(): void {
    this.#isPending = true
    if (!this.#writing) this.#schedule()
  }

  /** Writes pending changes now. Resolves to whether the file holds everything that was saved before. Never rejects. */
  async flush(): Promise<boolean> {
    await this.#writing
    if (!this.#isPending) return true
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    await this.#write()
    return this.#failures === 0
  }

  /**
   * Writes pending changes and stops writing. Resolves to whether the file holds everything. Never rejects: a failed write is
   * reported to `onError`. Idempotent.
   */
  async close(): Promise<boolean> {
    this.#isClosed = true
    this.#cancelTimer?.()
    await this.#writing
    if (this.#isPending) await this.#write()
    return !this.#isPending
  }

  #schedule(): void {
    if (this.#cancelTimer) return
    const delay = Math.min(this.#every * 2 ** this.#failures, Math.max(MAX_RETRY_DELAY, this.#every))
    this.#cancelTimer = this.#options.clock.after(delay, () => {
      this.#cancelTimer = undefined
      void this.#write()
    })
  }

  #write(): Promise<void> {
    this.#writing ??= this.#replace().finally(() => {
      this.#writing = undefined
      if (this.#isPending && !this.#isClosed) this.#schedule()
    })
    return this.#writing
  }

  async #replace(): Promise<void> {
    this.#isPending = false
    try {
      await this.#reportForeignWriter()
      await replaceFile(this.#path, encodeState({ services: this.#services(), pauses: this.#pauses }), FILE_MODE)
      this.#identity = await identityOf(this.#path)
      this.#failures = 0
    } catch (error) {
      this.#failures++
      this.#isPending = true
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.onError(new Error(`cannot write the state file ${this.#path}: ${reason}`, { cause: error }))
    }
  }

  async #reportForeignWriter(): Promise<void> {
    const identity = await identityOf(this.#path)
    if (this.#isShared || identity === this.#identity || identity === NONE) return
    this.#isShared = true
    this.#options.onError(
      new Error(
        `the state file ${this.#path} was changed by another process and is now overwritten: give each process its own state file`,
      ),
    )
  }
}

const NONE = 'none'

/** A text that changes whenever the file is replaced or written to. */
async function identityOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch {
    return NONE
  }
}
