/** A pause, or the end of one, as the coordination store holds it: JSON under `pause/` and the entrypoint. */
import type { PauseRecord } from './pause-book.js'

export const PAUSE_PREFIX = 'pause/'

export function encodePause({ isPaused, at, by, reason }: PauseRecord): string {
  return JSON.stringify({ isPaused, at, by, reason })
}

/** Undefined: it is no pause. Fields that a later version adds are left out. */
export function decodePause(value: string): PauseRecord | undefined {
  let found: Partial<PauseRecord> | null
  try {
    found = JSON.parse(value)
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const { isPaused, at, by, reason } = found
  if (typeof isPaused !== 'boolean' || typeof at !== 'number' || typeof by !== 'string') return undefined
  if (reason !== undefined && typeof reason !== 'string') return undefined
  return { isPaused, at, by, ...(reason !== undefined && { reason }) }
}
