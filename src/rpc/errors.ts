/**
 * The errors with which a call rejects.
 *
 * `instanceof` compares the code, not the class: a module compiled to CommonJS on the fly has its own copies of these classes.
 */

import { EscapementError } from '../kernel/errors.js'
import type { RpcFailure } from '../kernel/rpc.js'
import { didYouMean } from '../kernel/suggest.js'
import { revived } from '../kernel/wire-error/revived.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'

/** A call failed. `service` and `method` name the method that was called. */
export class RpcError extends EscapementError {
  readonly service: string
  readonly method: string

  constructor(code: string, service: string, method: string, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.service = service
    this.method = method
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right of instanceof, which may be a subclass.
    return isCoded(value, (this as unknown as { code?: string }).code)
  }
}

/**
 * The method threw. `name`, `message` and `cause` are those of the thrown error, and `remoteCode` is its `code`. `stack` is its
 * stack followed by that of the call. `fields` holds the other properties of the thrown error.
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

/** This supervisor runs no service of that name. */
export class UnknownServiceError extends RpcError {
  static readonly code: string = 'ERR_RPC_UNKNOWN_SERVICE'
}

/** The service has no method of that name, or the method is not marked `@rpc()`. */
export class MethodNotFoundError extends RpcError {
  static readonly code: string = 'ERR_RPC_METHOD_NOT_FOUND'
}

/** The deadline of the call passed. The method may still have done its work. */
export class RpcTimeoutError extends RpcError {
  static readonly code: string = 'ERR_RPC_TIMEOUT'
}

/** The thread ended during the call. The method may have done its work. */
export class ServiceCrashedError extends RpcError {
  static readonly code: string = 'ERR_RPC_CRASHED'
}

/** The service is stopping and accepts no more calls. */
export class ServiceStoppingError extends RpcError {
  static readonly code: string = 'ERR_RPC_STOPPING'
}

/** The codes of all RpcErrors begin with this. */
const CODES = 'ERR_RPC_'

function isCoded(value: unknown, code: string | undefined): boolean {
  if (!(value instanceof Error)) return false
  const own = (value as { code?: unknown }).code
  return typeof own === 'string' && (code === undefined ? own.startsWith(CODES) : own === code)
}

/** Makes the error with which a call rejects. `calledFrom`: the stack frames of the call. */
export function errorOf(failure: RpcFailure, service: string, method: string, calledFrom?: string): RpcError {
  const id = `${service}.${method}`
  switch (failure.kind) {
    case 'failed':
      return new RemoteError(service, method, failure.error, calledFrom)
    case 'crashed': {
      const detail = failure.error.message
      const text = `${id}: its thread ended during the call (${detail}); the method may have done its work`
      return new ServiceCrashedError(ServiceCrashedError.code, service, method, text, { cause: revived(failure.error) })
    }
    case 'timed_out':
      return new RpcTimeoutError(
        RpcTimeoutError.code,
        service,
        method,
        `${id} did not answer before the deadline of the call`,
      )
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
