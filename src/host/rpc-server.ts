/** Answers the calls that other services make to those on this thread. */
import { UsageError } from '../kernel/errors.js'
import type { CallMessage, CancelMessage, ReturnMessage } from '../kernel/link-protocol.js'
import type { Payload, RpcReply } from '../kernel/rpc.js'
import { callStackOf, type RunContext } from '../kernel/run-context.js'
import { AbortedError } from '../kernel/tick.js'
import type { Micros } from '../kernel/time.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import type { ThreadBlock } from '../pool/thread-block.js'
import { packValue, unpack } from '../rpc/payload.js'
import type { ServiceObject } from './service-object.js'
import type { Tracing } from './trace/tracing.js'

export interface RpcServerOptions {
  readonly post: (message: ReturnMessage) => void
  readonly services: readonly ServiceObject[]
  readonly now: () => Micros
  readonly block: Pick<ThreadBlock, 'readCall' | 'enterCall' | 'leaveCall'>
  readonly tracing: Pick<Tracing, 'answer'>
}

export class RpcServer {
  readonly #options: RpcServerOptions
  /** Calls under way, by the router's number. */
  readonly #running = new Map<number, AbortController>()
  /** By entrypoint; made at the first call, when all services are known. */
  #indexes: ReadonlyMap<string, number> | undefined

  constructor(options: RpcServerOptions) {
    this.#options = options
  }

  /** Calls the method; its result, or what it threw, is posted. */
  async take({ id, call }: CallMessage): Promise<void> {
    const { services, block, now, tracing } = this.#options
    block.readCall()
    const entrypoint = `${call.service}.${call.method}`
    const service = services.find(({ name }) => name === call.service)
    const method = service?.method(call.method)
    if (!service || !method) return this.#answer(id, { kind: 'unknown_method', known: service?.rpcs ?? [] })
    // It waited too long for this thread; the caller has heard of it, or is about to.
    if (now() >= call.deadline) return this.#answer(id, { kind: 'timed_out' })
    const aborting = new AbortController()
    this.#running.set(id, aborting)
    const callId = `${entrypoint}#${id}`
    const run: RunContext = {
      kind: 'rpc',
      entrypoint,
      service: call.service,
      method: call.method,
      callId,
      callStack: callStackOf(callId, call.callStack),
      signal: aborting.signal,
      deadline: call.deadline,
    }
    try {
      const args = unpack(call.args) as never[]
      const enter = () => {
        block.enterCall(id, this.#indexOf(entrypoint))
        try {
          return method(...args)
        } finally {
          block.leaveCall()
        }
      }
      const value = await tracing.answer(run, call.trace, () => service.enter(run, enter))
      this.#answer(id, { kind: 'completed', value: packed(entrypoint, value) })
    } catch (error) {
      this.#answer(id, { kind: 'failed', error: toWireError(error) })
    } finally {
      this.#running.delete(id)
    }
  }

  /** The caller does not wait any more. */
  cancel({ id, because }: CancelMessage): void {
    this.#running.get(id)?.abort(new AbortedError(`call ${id}`, because === 'timed_out' ? 'timeout' : 'manual'))
  }

  /** The place of a method among all that the services of this thread let others call. */
  #indexOf(entrypoint: string): number {
    this.#indexes ??= new Map(
      this.#options.services
        .flatMap(({ name, rpcs }) => rpcs.map((method) => `${name}.${method}`))
        .map((id, index) => [id, index]),
    )
    return this.#indexes.get(entrypoint)!
  }

  #answer(id: number, reply: RpcReply): void {
    this.#options.post({ kind: 'return', id, reply })
  }
}

function packed(entrypoint: string, value: unknown): Payload {
  try {
    return packValue(value)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    const text = `what ${entrypoint} returned cannot be copied to another thread (${problem}): return plain data`
    throw new UsageError('ERR_RPC_RESULT', text, { cause: error })
  }
}
