/**
 * An error as plain data, to be sent from one thread to another.
 *
 * Structured cloning keeps the message, stack and cause of an Error but loses its class, name, code and own fields, and it
 * throws when a field holds a function. A WireError can always be cloned.
 */
export interface WireError {
  /** Name of the error's class, e.g. `TypeError`; `NonError` when the thrown value was no Error. */
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly cause?: WireError
  /** Own enumerable fields. A value that cannot be cloned is converted to text. */
  readonly fields?: Readonly<Record<string, unknown>>
}

const MAX_CAUSE_DEPTH = 8

/** Converts any thrown value. Never throws, even when a getter of the value does. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  try {
    return thrown instanceof Error ? fromError(thrown, depth) : fromNonError(thrown)
  } catch (problem) {
    return { name: 'UnreadableError', message: `the thrown error could not be read: ${text(problem)}` }
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
    ...(error.cause !== undefined && depth < MAX_CAUSE_DEPTH && { cause: toWireError(error.cause, depth + 1) }),
    ...(fields && { fields }),
  }
}

function fromNonError(value: unknown): WireError {
  return { name: 'NonError', message: `thrown value is not an Error: ${text(value)}` }
}

const TOP_LEVEL_PROPERTIES = new Set(['name', 'message', 'stack', 'code', 'cause'])

function ownFields(error: Error): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(error)) {
    if (TOP_LEVEL_PROPERTIES.has(key)) continue
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
