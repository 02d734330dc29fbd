import type { WireError } from './wire-error.js'

/** Converts a WireError to an Error with the same name, message, stack, code, cause and fields. */
export function revived({ name, message, stack, code, cause, errors, fields }: WireError): Error {
  const error = new Error(message, cause && { cause: revived(cause) })
  return Object.assign(error, fields, {
    name,
    ...(stack && { stack }),
    ...(code !== undefined && { code }),
    ...(errors && { errors: errors.map(revived) }),
  })
}
