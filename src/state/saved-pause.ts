/** A pause, or the end of one, as the state file holds it. */
import { types } from 'node:util'
import type { Millis } from '../kernel/time.js'

export interface SavedPause {
  readonly entrypoint: string
  /** False: the end of a pause that the coordination store has not been told yet. */
  readonly isPaused: boolean
  readonly at: Millis
  readonly by: string
  readonly reason?: string
  /** The coordination store had it when the file was written. */
  readonly isStored: boolean
}

/** The pauses of a file; undefined when it holds something else there. A file without any has none. */
export function readPauses(found: unknown): readonly SavedPause[] | undefined {
  if (found === undefined) return []
  if (!Array.isArray(found)) return undefined
  const pauses = found.map(readPause)
  return pauses.includes(undefined) ? undefined : (pauses as SavedPause[])
}

/** What a later version adds to a pause is left out. */
function readPause(found: unknown): SavedPause | undefined {
  if (typeof found !== 'object' || found === null || types.isProxy(found)) return undefined
  const { entrypoint, isPaused, at, by, reason, isStored } = found as Partial<SavedPause>
  const isPause =
    typeof entrypoint === 'string' &&
    typeof isPaused === 'boolean' &&
    Number.isFinite(at) &&
    typeof by === 'string' &&
    (reason === undefined || typeof reason === 'string') &&
    typeof isStored === 'boolean'
  return isPause ? { entrypoint, isPaused, at: at!, by, ...(reason !== undefined && { reason }), isStored } : undefined
}
