/**
 * What this instance knows of the pauses: for each entrypoint the last word, and whether that is kept already.
 *
 *     (none) --say--> said --saved--> kept --say--> said ...
 *                      ^               |
 *                      +-----lost------+          any --adopt--> kept (the word of another instance)
 *
 * B1. What was said here and is not kept yet is replaced only by something said later: here, or by another instance whose word has a
 *     later time.
 * B2. `onChange` is called for each change of the last word, and not when only its keeping changes.
 */
import type { Millis } from '../../kernel/time.js'

/** The last word about an entrypoint. */
export interface PauseRecord {
  readonly isPaused: boolean
  readonly at: Millis
  readonly by: string
  readonly reason?: string
}

export interface PauseEntry {
  readonly record: PauseRecord
  /** It is in the store or the file. */
  readonly isSaved: boolean
  /** The version of the store's record, when that was seen. */
  readonly version?: string
}

export class PauseBook {
  readonly #entries = new Map<string, PauseEntry>()
  readonly #onChange: (id: string, record: PauseRecord) => void

  constructor(onChange: (id: string, record: PauseRecord) => void) {
    this.#onChange = onChange
  }

  get(id: string): PauseEntry | undefined {
    return this.#entries.get(id)
  }

  /** By entrypoint. */
  list(): readonly (readonly [id: string, entry: PauseEntry])[] {
    return [...this.#entries].sort(([one], [other]) => (one < other ? -1 : 1))
  }

  unsaved(): readonly (readonly [id: string, entry: PauseEntry])[] {
    return this.list().filter(([, { isSaved }]) => !isSaved)
  }

  /** Somebody pauses or resumes the entrypoint here. */
  say(id: string, record: PauseRecord): void {
    const version = this.#entries.get(id)?.version
    this.#entries.set(id, { record, isSaved: false, ...(version !== undefined && { version }) })
    this.#onChange(id, record)
  }

  /** The record is kept now, under this version. When something was said meanwhile, that is still to be saved. */
  saved(id: string, record: PauseRecord, version?: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    const isSaved = entry.record === record
    this.#entries.set(id, { record: entry.record, isSaved, ...(version !== undefined && { version }) })
  }

  /** What is known here is to be written, though the store has a record under this version, or none. */
  seen(id: string, version: string | undefined): void {
    const entry = this.#entries.get(id)
    if (entry)
      this.#entries.set(id, { record: entry.record, isSaved: false, ...(version !== undefined && { version }) })
  }

  /** Takes over what is kept elsewhere. */
  adopt(id: string, record: PauseRecord, version?: string): void {
    const before = this.#entries.get(id)?.record
    const isSame = before && before.isPaused === record.isPaused && before.at === record.at && before.by === record.by
    const kept = isSame ? before : record
    this.#entries.set(id, { record: kept, isSaved: true, ...(version !== undefined && { version }) })
    if (!isSame && (before?.isPaused || record.isPaused)) this.#onChange(id, record)
  }

  /** Forgets the end of a pause. */
  forget(id: string): void {
    this.#entries.delete(id)
  }
}
