/**
 * How calls fail, for the code that makes them.
 *
 * `instanceof` goes by code, not by class: a module compiled to CommonJS on the fly has copies of these classes of its own.
 */
import { EscapementError } from '../kernel/errors.js'
import type { RpcFailure } from '../kernel/rpc.js'
import { didYouMean } from '../kernel/suggest.js'
import type { WireError } from '../kernel/wire-error.js'

/** A call came to nothing. `service` and `method` say which. */
export class RpcError extends EscapementError {
  readonly service: string
  readonly method: string

  constructor(code: string, service: string, method: string, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.service = service
    this.method = method
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked about, which may be a subclass.
    return isCoded(value, (this as unknown as { code?: string }).code)
  }
}

/**
 * The method threw. `name`, `message`, `code` and `cause` are those of what it threw, and so is `stack`, with the place of
 * the call below it; `fields` holds the error's other properties.
 */
export class RemoteError extends RpcError {
  static readonly code: string = 'ERR_RPC_REMOTE'
  readonly remoteCode: string | number | undefined
  readonly fields: Readonly<Record<string, unknown>>

  constructor(service: string, method: string, error: WireError, calledFrom?: string) {
    const cause = error.cause && { cause: revived(error.cause) }
    super(RemoteError.code, service, method, error.message, cause)
    this.name = error.name
    this.remoteCode = error.code
    this.fields = error.fields ?? {}
    const frames = error.stack ?? `${error.name}: ${error.message}`
    this.stack = `${frames}\n    in ${service}.${method}, called from${calledFrom ?? ' another thread'}`
  }
}

/** No service of that name runs under this supervisor. */
export class UnknownServiceError extends RpcError {
  static readonly code: string = 'ERR_RPC_UNKNOWN_SERVICE'
}

/** The service has no method of that name, or does not mark it `@rpc()`. */
export class MethodNotFoundError extends RpcError {
  static readonly code: string = 'ERR_RPC_METHOD_NOT_FOUND'
}

/** The deadline of the call passed. The method may still have done its work. */
export class RpcTimeoutError extends RpcError {
  static readonly code: string = 'ERR_RPC_TIMEOUT'
}

/** The thread of the method ended while the method was running, which may have done its work. */
export class ServiceCrashedError extends RpcError {
  static readonly code: string = 'ERR_RPC_CRASHED'
}

/** The service is being stopped, and takes no calls any more. */
export class ServiceStoppingError extends RpcError {
  static readonly code: string = 'ERR_RPC_STOPPING'
}

/** Every code ours have begins with the same letters. */
const CODES = 'ERR_RPC_'

function isCoded(value: unknown, code: string | undefined): boolean {
  if (!(value instanceof Error)) return false
  const own = (value as { code?: unknown }).code
  return typeof own === 'string' && (code === undefined ? own.startsWith(CODES) : own === code)
}

/** What the caller is told instead of a result. `calledFrom`: the frames of the call, as a stack has them. */
export function errorOf(failure: RpcFailure, service: string, method: string, calledFrom?: string): RpcError {
  const id = `${service}.${method}`
  switch (failure.kind) {
    case 'failed':
      return new RemoteError(service, method, failure.error, calledFrom)
    case 'crashed': {
      const detail = failure.error.message
      const text = `${id}: its thread ended while the call was running, which may have done its work (${detail})`
      return new ServiceCrashedError(ServiceCrashedError.code, service, method, text, { cause: revived(failure.error) })
    }
    case 'timed_out':
      return new RpcTimeoutError(RpcTimeoutError.code, service, method, `${id}: no answer within the time of the call`)
    case 'unknown_service': {
      const text = `no service is named "${service}"${didYouMean(service, failure.known)} (services: ${failure.known.join(', ')})`
      return new UnknownServiceError(UnknownServiceError.code, service, method, text)
    }
    case 'unknown_method': {
      const known = failure.known.length > 0 ? `it has ${failure.known.join(', ')}` : 'it has none'
      const text = `${service} has no @rpc() method "${method}"${didYouMean(method, failure.known)} (${known})`
      return new MethodNotFoundError(MethodNotFoundError.code, service, method, text)
    }
    case 'stopping':
      return new ServiceStoppingError(ServiceStoppingError.code, service, method, `${id}: the service is stopping`)
  }
}

/** An error from its envelope: an Error with the name, stack, code and fields it had. */
export function revived({ name, message, stack, code, cause, fields }: WireError): Error {
  const error = new Error(message, cause && { cause: revived(cause) })
  return Object.assign(error, fields, { name, ...(stack && { stack }), ...(code !== undefined && { code }) })
}
