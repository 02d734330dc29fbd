/**
 * Converts an error from another thread for pino's `err` serializer, which most loggers use.
 *
 * The serializer accepts any object that has a message. It appends the causes to message and stack, keeps the other
 * fields, and takes the type from the constructor's name, or from `name` when there is no constructor. Therefore the
 * result has no prototype: pino would log a plain object as an error of type "Object". Every call makes a new object,
 * because the serializer marks the object that it reads.
 */
import type { WireError } from '../../kernel/wire-error/wire-error.js'

export type LoggedError = Record<string, unknown>

export function loggedError({ name, message, stack, code, cause, errors, fields }: WireError): LoggedError {
  return Object.assign(Object.create(null), fields, {
    name,
    message,
    stack: stack ?? `${name}: ${message}`,
    ...(code !== undefined && { code }),
    ...(cause && { cause: loggedError(cause) }),
    ...(errors && { errors: errors.map(loggedError) }),
  })
}
