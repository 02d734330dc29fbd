/**
 * Keeps the state of services in a file, so that it survives the process.
 *
 *     changes    x xx   x                  x
 *     writes         W (a second later)        W
 *
 * A write replaces the whole file in one step: after a crash it holds the old state or the new one, at most a second old.
 * One process to a file: of two that write to the same one, the last wins. It is noticed and reported, not prevented,
 * because a lock that is left behind by a crash would keep the supervisor from coming up again.
 */
import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../kernel/clock.js'
import { ConfigError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import { replaceFile } from './replace-file.js'
import { decodeState, encodeState } from './state-format.js'
import type { StateContents } from './state-store.js'

export interface StateFileOptions {
  readonly path: string
  readonly clock: Pick<Clock, 'after'>
  /** A write has failed and is tried again later, or another process writes to the same file. Nothing stops for it. */
  readonly onTrouble: (error: Error) => void
  /** How long changes are gathered before they are written, and so how much a crash can lose. Default: 1 s. */
  readonly every?: Micros
}

const EVERY = 1_000_000
/** After failures the distance between two attempts doubles up to this. */
const LONGEST_RETRY = 60_000_000

export class StateFile {
  /** What the file held when it was opened. */
  readonly contents: StateContents
  readonly #options: StateFileOptions
  readonly #path: string
  readonly #every: Micros
  /** What to write next; undefined when the file is up to date. */
  #pending: (() => StateContents) | undefined
  #callOff: (() => void) | undefined
  #writing: Promise<void> | undefined
  #failures = 0
  /** Which file was there when it was last read or written here. */
  #identity: string
  #isShared = false
  #isClosed = false

  private constructor(options: StateFileOptions, path: string, contents: StateContents, identity: string) {
    this.#options = options
    this.#path = path
    this.#every = options.every ?? EVERY
    this.contents = contents
    this.#identity = identity
  }

  /** Reads the file; one that does not exist is empty. Throws a ConfigError when it cannot be used, and leaves it alone. */
  static async open(options: StateFileOptions): Promise<StateFile> {
    const path = resolve(options.path)
    const file = await read(path)
    if (!file) {
      await mustBeWritable(path)
      return new StateFile(options, path, new Map(), NONE)
    }
    const contents = decodeState(file)
    if (typeof contents === 'string') {
      throw new ConfigError(
        'ERR_STATE_FILE',
        `the state file ${path} cannot be used: ${contents}. It is left as it is; move it away to begin with an empty state, or name another one in escapement.state.file`,
      )
    }
    return new StateFile(options, path, contents, await identityOf(path))
  }

  /** There is something new to write; `contents` is asked for it when the time has come. */
  save(contents: () => StateContents): void {
    if (this.#isClosed) return
    this.#pending = contents
    if (!this.#writing) this.#schedule()
  }

  /** Writes what has not been written and lets go. Does not throw: when it fails, it is reported. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#callOff?.()
    await this.#writing
    if (this.#pending) await this.#write()
  }

  #schedule(): void {
    if (this.#callOff) return
    const delay = Math.min(this.#every * 2 ** this.#failures, Math.max(LONGEST_RETRY, this.#every))
    this.#callOff = this.#options.clock.after(delay, () => {
      this.#callOff = undefined
      void this.#write()
    })
  }

  #write(): Promise<void> {
    this.#writing ??= this.#replace().finally(() => {
      this.#writing = undefined
      if (this.#pending && !this.#isClosed) this.#schedule()
    })
    return this.#writing
  }

  async #replace(): Promise<void> {
    const contents = this.#pending!
    this.#pending = undefined
    try {
      await this.#reportForeignWriter()
      await replaceFile(this.#path, encodeState(contents()), 0o600)
      this.#identity = await identityOf(this.#path)
      this.#failures = 0
    } catch (error) {
      this.#failures++
      this.#pending ??= contents
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.onTrouble(new Error(`cannot write the state file ${this.#path}: ${reason}`, { cause: error }))
    }
  }

  async #reportForeignWriter(): Promise<void> {
    const identity = await identityOf(this.#path)
    if (this.#isShared || identity === this.#identity || identity === NONE) return
    this.#isShared = true
    this.#options.onTrouble(
      new Error(
        `the state file ${this.#path} was changed by another process, and is now overwritten: give each process a state file of its own`,
      ),
    )
  }
}

const NONE = 'none'

/** Changes whenever somebody replaces the file or writes to it. */
async function identityOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch {
    return NONE
  }
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(path, 'cannot be read', error)
  }
}

async function mustBeWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(path, 'cannot be written', error)
  }
}

function unusable(path: string, problem: string, error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error)
  return new ConfigError(
    'ERR_STATE_FILE',
    `the state file ${path} ${problem}: ${reason}. Its folder must exist and belong to the user that runs the supervisor, or name another file in escapement.state.file`,
    { cause: error },
  )
}
