/**
 * An error as plain data, to be sent from one thread to another.
 *
 * Structured cloning keeps the message, stack and cause of an Error but loses its class, name, code and own fields, and it
 * throws when a field holds a function. A WireError can always be cloned, and written as JSON.
 *
 * It is bounded where it is made, because the thread that it goes to drives the schedule: message and stack up to 8 K
 * characters each, 64 fields of depth 4, 16 K characters in all (marks that say what was cut off come on top). Of a long chain
 * of causes the outer and the inner ones are kept; the innermost, the root cause, always is.
 *
 * The message of an error that ran into a limit of the operating system also names that limit: whoever reads it, in a log, in health
 * or as the reason of a failed start, can raise it.
 */
import { types } from 'node:util'
import { limitSentence, withLimit } from '../system-limit.js'
import { type Budget, boundedEntries, boundedValue, fieldsOf } from './bounded-value.js'
import { chainOf } from './cause-chain.js'
import { cutStack, cutText } from './cut-text.js'

export interface WireError {
  /** Name of the error's class, e.g. `TypeError`; `NonError` when the thrown value was no Error. */
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly cause?: WireError
  /** The errors of an AggregateError, the first ones. */
  readonly errors?: readonly WireError[]
  /** Own enumerable fields, as plain data. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** Of an error, its causes and its fields together. Unit: characters. */
const MAX_IN_ALL = 16 * 1_024
/** Of a message, and of a stack. */
const MAX_TEXT = 8 * 1_024
const MAX_NAME = 128
/** Of an AggregateError. */
const MAX_ERRORS = 8

/** Converts any thrown value. Never throws, even when a getter of the value does. */
export function toWireError(thrown: unknown): WireError {
  const wire = convert(thrown, { left: MAX_IN_ALL }, 0)
  const limit = limitSentence(wire)
  return limit === undefined ? wire : { ...wire, message: withLimit(wire.message, limit) }
}

function convert(thrown: unknown, budget: Budget, depth: number): WireError {
  const { errors, omitted } = chainOf(thrown)
  // Each of the two ends gets its share before the middle of the chain and the fields get what is left.
  const share = Math.min(MAX_TEXT, Math.floor(budget.left / (errors.length > 1 ? 4 : 2)))
  const texts = new Map<unknown, Texts>()
  const order = [errors[0], errors.at(-1), ...errors.slice(1, -1)]
  for (const error of order) if (!texts.has(error)) texts.set(error, readTexts(error, budget, share))
  let wire: WireError | undefined
  for (const [index, error] of [...errors.entries()].reverse()) {
    const cause = index === omitted.after && wire ? omittedCauses(omitted.count, wire) : wire
    wire = { ...texts.get(error)!, ...details(error, budget, depth), ...(cause && { cause }) }
  }
  return wire!
}

type Texts = Pick<WireError, 'name' | 'message' | 'stack'>

function readTexts(error: unknown, budget: Budget, share: number): Texts {
  if (!isErrorLike(error)) {
    const shown = boundedValue(error, { left: Math.max(0, Math.min(share, budget.left)) })
    const text = typeof shown === 'string' ? shown : (JSON.stringify(shown) ?? String(shown))
    return { name: 'NonError', message: take(`thrown value is not an Error: ${text}`, budget, share) }
  }
  const message = messageOf(error)
  const stack = read(() => error.stack)
  return {
    name: take(nameOf(error), budget, MAX_NAME),
    message: take(message, budget, share),
    ...(typeof stack === 'string' && { stack: takeStack(stack, budget, share) }),
  }
}

/** Node leaves the message of a failed connection empty when several addresses were tried: the inner ones say it. */
function messageOf(error: ErrorLike): string {
  const message = read(() => error.message)
  if (typeof message === 'string' && message !== '') return message
  const inner = innerErrors(error).map((one) =>
    isErrorLike(one) ? messageOf(one) : String(boundedValue(one, { left: 256 })),
  )
  return inner.length > 0
    ? cutText(inner.slice(0, MAX_ERRORS).join('; '), MAX_TEXT)
    : typeof message === 'string'
      ? message
      : ''
}

function nameOf(error: ErrorLike): string {
  const name = read(() => error.name)
  const className = read(() => error.constructor?.name)
  if (typeof className === 'string' && className !== '' && (name === 'Error' || typeof name !== 'string'))
    return className
  return typeof name === 'string' && name !== '' ? name : 'Error'
}

/** Read apart from the texts: what is left of the budget is for them. */
function details(
  error: unknown,
  budget: Budget,
  depth: number,
): Omit<WireError, 'name' | 'message' | 'stack' | 'cause'> {
  if (!isErrorLike(error)) return {}
  const code = read(() => error.code)
  const errors = depth === 0 ? innerErrors(error) : []
  const fields = ownFields(error, budget)
  return {
    ...(typeof code === 'number' && { code }),
    ...(typeof code === 'string' && { code: cutText(code, MAX_NAME) }),
    ...(errors.length > 0 && { errors: errors.slice(0, MAX_ERRORS).map((one) => convert(one, budget, depth + 1)) }),
    ...(fields && { fields }),
  }
}

const TOP_LEVEL_PROPERTIES = new Set(['name', 'message', 'stack', 'code', 'cause', 'errors'])

function ownFields(error: ErrorLike, budget: Budget): Record<string, unknown> | undefined {
  const keys = read(() => Object.keys(error).filter((key) => !TOP_LEVEL_PROPERTIES.has(key)))
  if (!Array.isArray(keys) || keys.length === 0) return undefined
  return boundedEntries(fieldsOf(error, keys), keys.length, budget, 0)
}

/** An error of this thread's realm or of another one (`node:vm`). */
interface ErrorLike {
  readonly name?: unknown
  readonly message?: unknown
  readonly stack?: unknown
  readonly code?: unknown
  readonly errors?: unknown
  readonly constructor?: { readonly name?: unknown }
}

function isErrorLike(value: unknown): value is ErrorLike {
  return read(() => types.isNativeError(value) || value instanceof Error) === true
}

function innerErrors(error: ErrorLike): readonly unknown[] {
  const errors = read(() => error.errors)
  return Array.isArray(errors) ? errors : []
}

function omittedCauses(count: number, cause: WireError): WireError {
  return { name: 'OmittedCauses', message: `${count} causes between are left out`, cause }
}

function take(text: string, budget: Budget, limit: number): string {
  const cut = cutText(text, Math.max(0, Math.min(limit, budget.left)))
  budget.left -= cut.length
  return cut
}

function takeStack(stack: string, budget: Budget, limit: number): string {
  const cut = cutStack(stack, Math.max(0, Math.min(limit, budget.left)))
  budget.left -= cut.length
  return cut
}

/** What a getter gives; undefined when it throws. */
function read<Value>(get: () => Value): Value | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
