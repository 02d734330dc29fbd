/** Makes calls for one endpoint and keeps those that have not been answered yet. */
import { setMaxListeners } from 'node:events'
import type { Clock } from '../kernel/clock.js'
import { UsageError } from '../kernel/errors.js'
import type { CallMessage, CancelMessage } from '../kernel/link-protocol.js'
import type { CallOptions, Payload, RpcReply, TraceCarrier } from '../kernel/rpc.js'
import type { RunContext } from '../kernel/run-context.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { errorOf } from './errors.js'
import { packArguments, unpack } from './payload.js'

interface Pending {
  readonly settle: (reply: RpcReply) => void
}

export interface RpcClientOptions {
  /** Sends a message to the router. */
  readonly post: (message: CallMessage | CancelMessage) => void
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Time-out of calls without their own. */
  readonly timeout: Micros
  /** Parses a time-out that a user wrote; throws when it is invalid. */
  readonly readTimeout: (given: number | string) => Micros
}

export class RpcClient {
  readonly #options: RpcClientOptions
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(options: RpcClientOptions) {
    this.#options = options
  }

  /**
   * Makes a call. The signal and the deadline of the calling `run` bound it too.
   *
   * Rejects with an RpcError, with the reason of a signal, or with a UsageError (`ERR_RPC_ARGUMENT`) for an argument that
   * cannot be copied.
   */
  call(
    service: string,
    method: string,
    args: readonly unknown[],
    { timeout, signal }: CallOptions,
    run: RunContext | undefined,
    trace?: TraceCarrier,
  ): Promise<unknown> {
    const calledFrom: { stack?: string } = {}
    Error.captureStackTrace(calledFrom, this.call)
    return new Promise((resolve, reject) => {
      const { clock, post, readTimeout } = this.#options
      const span = timeout === undefined ? this.#options.timeout : readTimeout(timeout)
      const signals = [signal, run?.signal].filter((given) => given !== undefined)
      for (const given of signals) given.throwIfAborted()
      const payload = packed(service, method, args)
      const now = clock.now()
      const deadline = Math.min(now + span, run?.deadline ?? Number.POSITIVE_INFINITY)
      const id = ++this.#lastId
      const end = () => {
        this.#pending.delete(id)
        cancelDeadline()
        for (const given of signals) given.removeEventListener('abort', onAbort)
      }
      const onAbort = (event: Event) => {
        end()
        post({ kind: 'cancel', id, because: 'aborted' })
        reject((event.target as AbortSignal).reason)
      }
      const cancelDeadline = clock.after(Math.max(0, deadline - now), () => {
        end()
        post({ kind: 'cancel', id, because: 'timed_out' })
        const error = errorOf({ kind: 'timed_out' }, service, method)
        error.message += ` (${formatSpan(Math.max(0, deadline - now))})`
        reject(error)
      })
      for (const given of signals) {
        // Many calls may share one signal, so Node must not warn of a listener leak.
        setMaxListeners(0, given)
        given.addEventListener('abort', onAbort, { once: true })
      }
      this.#pending.set(id, {
        settle: (reply) => {
          end()
          if (reply.kind === 'completed') resolve(unpack(reply.value))
          else reject(errorOf(reply, service, method, framesOf(calledFrom.stack)))
        },
      })
      // Posted last: the answer can arrive before post() returns.
      const callStack = run?.callStack ?? []
      const call = { service, method, args: payload, deadline, callStack, ...(trace && { trace }) }
      post({ kind: 'call', id, call })
    })
  }

  /** Takes the answer to a call. The answer to a call that has been given up is ignored. */
  returned(id: number, reply: RpcReply): void {
    this.#pending.get(id)?.settle(reply)
  }
}

function packed(service: string, method: string, args: readonly unknown[]): Payload {
  try {
    return packArguments(args)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    const text = `${service}.${method}: an argument cannot be copied to another thread (${problem}): pass plain data`
    throw new UsageError('ERR_RPC_ARGUMENT', text, { cause: error })
  }
}

/** A captured stack without its first line. */
function framesOf(stack: string | undefined): string | undefined {
  const newline = stack?.indexOf('\n') ?? -1
  return newline < 0 ? undefined : stack?.slice(newline)
}
