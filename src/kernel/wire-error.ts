/**
 * An error as plain data, for the way from one thread to another.
 *
 * Structured clone keeps message, stack and cause of an Error but loses its class, name, code and own fields, and
 * refuses outright when a field holds a function. So errors travel in an explicit envelope that always clones.
 */
export interface WireError {
  /** Name of the error's class, e.g. `TypeError`; `NonError` when something else was thrown. */
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly cause?: WireError
  /** Own enumerable fields that survive cloning; the others are rendered as text. */
  readonly fields?: Readonly<Record<string, unknown>>
}

const DEEPEST_CAUSE = 8

/** Turns anything that was thrown into an envelope. Never throws, whatever the getters of the value do. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  try {
    return thrown instanceof Error ? fromError(thrown, depth) : fromNonError(thrown)
  } catch (trouble) {
    return { name: 'UnreadableError', message: `an error that cannot be read: ${text(trouble)}` }
  }
}

function fromError(error: Error, depth: number): WireError {
  const { code } = error as { code?: unknown }
  const fields = ownFields(error)
  return {
    name: String(error.constructor?.name && error.name === 'Error' ? error.constructor.name : error.name),
    message: String(error.message),
    ...(typeof error.stack === 'string' && { stack: error.stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.cause !== undefined && depth < DEEPEST_CAUSE && { cause: toWireError(error.cause, depth + 1) }),
    ...(fields && { fields }),
  }
}

function fromNonError(value: unknown): WireError {
  return { name: 'NonError', message: `thrown value is not an Error: ${text(value)}` }
}

const CARRIED = new Set(['name', 'message', 'stack', 'code', 'cause'])

function ownFields(error: Error): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(error)) {
    if (CARRIED.has(key)) continue
    const value = (error as unknown as Record<string, unknown>)[key]
    fields[key] = isCloneable(value) ? value : text(value)
  }
  return Object.keys(fields).length > 0 ? fields : undefined
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function text(value: unknown): string {
  try {
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? String(value)
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
