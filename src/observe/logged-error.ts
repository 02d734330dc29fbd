/**
 * An error from another thread as pino logs one.
 *
 * pino's `err` serializer, the default one and the one most loggers have, takes whatever has a message: it adds the
 * causes to message and stack, keeps the other fields, and names the type after the constructor, or after `name` where
 * there is none. Hence no prototype: a plain object would be logged as an error of type "Object". A new object each
 * time, because the serializer marks the one it is given.
 */
import type { WireError } from '../kernel/wire-error.js'

export type LoggedError = Record<string, unknown>

export function loggedError({ name, message, stack, code, cause, fields }: WireError): LoggedError {
  return Object.assign(Object.create(null), fields, {
    name,
    message,
    stack: stack ?? `${name}: ${message}`,
    ...(code !== undefined && { code }),
    ...(cause && { cause: loggedError(cause) }),
  })
}
