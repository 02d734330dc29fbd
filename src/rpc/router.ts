/**
 * Brings calls from the thread that makes them to a thread of the service that is called, and results back.
 *
 *     caller --call--> router: known? --> least busy thread that is up --call--> callee
 *                              | none is up: the call waits                        |
 *     caller <--return-------- router <------------------------------------return--+
 *
 * The caller keeps its own deadline and says when it does not wait any more; from then on a result has nobody to go to. A
 * method that does not even then leave the processor is killed with its thread.
 */
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import type { Calling, Cancelling, Returned } from '../kernel/link-protocol.js'
import { outcomeOf, type RpcCall, type RpcFailure, type RpcReply } from '../kernel/rpc.js'
import type { RpcDestination, RpcEndpoint } from '../kernel/rpc-endpoint.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { WireError } from '../kernel/wire-error.js'

export interface Callable {
  readonly methods: ReadonlySet<string>
  readonly destination: RpcDestination
}

export interface RpcRouterOptions {
  readonly clock: Clock
  readonly events: Events
  readonly services: ReadonlyMap<string, Callable>
}

/** A call on its way. */
interface Route {
  readonly id: number
  readonly caller: RpcEndpoint
  /** The caller's number for it. */
  readonly callerId: number
  readonly call: RpcCall
  readonly begunAt: Micros
  callee: RpcEndpoint | undefined
}

const STOPPING: RpcFailure = { kind: 'stopping' }

/** How long a method that nobody waits for any more may keep the processor. */
const KILL_AFTER: Micros = 1_000_000

export class RpcRouter {
  readonly #options: RpcRouterOptions
  /** Calls that have not ended, by the router's number. */
  readonly #routes = new Map<number, Route>()
  /** The same by caller and its number. */
  readonly #made = new Map<RpcEndpoint, Map<number, Route>>()
  /** The same by the endpoint they were handed to. */
  readonly #served = new Map<RpcEndpoint, Set<Route>>()
  readonly #waiting = new Map<string, Set<Route>>()
  #lastId = 0
  #isStopping = false
  #onForgotten: ((id: number) => void) | undefined

  constructor(options: RpcRouterOptions) {
    this.#options = options
  }

  /** Takes what a endpoint says. */
  take(from: RpcEndpoint, message: Calling | Cancelling | Returned): void {
    if (message.kind === 'call') this.#call(from, message)
    else if (message.kind === 'cancel') this.#cancel(from, message)
    else this.#returned(from, message)
  }

  #call(caller: RpcEndpoint, { id: callerId, call }: Calling): void {
    const route: Route = {
      id: ++this.#lastId,
      caller,
      callerId,
      call,
      begunAt: this.#options.clock.now(),
      callee: undefined,
    }
    const refusal = this.#isStopping && caller.isOutside ? STOPPING : this.#refusal(call)
    if (refusal) {
      this.#answer(route, refusal)
      return
    }
    this.#routes.set(route.id, route)
    const made = this.#made.get(caller) ?? new Map<number, Route>()
    this.#made.set(caller, made.set(callerId, route))
    this.#deliver(route)
  }

  #refusal({ service, method }: RpcCall): RpcFailure | undefined {
    const { services } = this.#options
    const callable = services.get(service)
    if (!callable) return { kind: 'unknown_service', known: [...services.keys()] }
    if (!callable.methods.has(method)) return { kind: 'unknown_method', known: [...callable.methods] }
    return callable.destination.isClosed ? { kind: 'stopping' } : undefined
  }

  #deliver(route: Route): void {
    const { service } = route.call
    const { clock, services } = this.#options
    const callee = services.get(service)!.destination.placeCall(clock.now())
    if (!callee) {
      const waiting = this.#waiting.get(service) ?? new Set()
      this.#waiting.set(service, waiting.add(route))
      return
    }
    route.callee = callee
    const served = this.#served.get(callee) ?? new Set()
    this.#served.set(callee, served.add(route))
    callee.calls++
    callee.post({ kind: 'call', id: route.id, call: route.call })
  }

  #cancel(caller: RpcEndpoint, { id, because }: Cancelling): void {
    const route = this.#made.get(caller)?.get(id)
    if (route) this.#giveUp(route, because)
  }

  #giveUp(route: Route, because: 'timed_out' | 'aborted'): void {
    const { callee, id } = route
    this.#forget(route)
    this.#announce(route, { outcome: because })
    if (!callee) return
    callee.post({ kind: 'cancel', id, because })
    this.#options.clock.after(KILL_AFTER, () => {
      if (callee.isInside(id)) callee.kill()
    })
  }

  #returned(callee: RpcEndpoint, { id, reply }: Returned): void {
    const route = this.#routes.get(id)
    if (!route || route.callee !== callee) return
    this.#forget(route)
    this.#answer(route, reply)
  }

  /**
   * Resolves when the calls that are on their way now have ended; from now on callers outside of the threads are refused.
   */
  drained(): Promise<void> {
    this.#isStopping = true
    const open = new Set(this.#routes.keys())
    if (open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onForgotten = (id) => {
        if (open.delete(id) && open.size === 0) resolve()
      }
    })
  }

  /** Calls that waited for a thread of these services can go on. */
  up(services: readonly string[]): void {
    for (const service of services) this.#redeliver(service)
  }

  /** No thread of these services will come up any more. */
  closed(services: readonly string[]): void {
    for (const service of services) {
      for (const route of this.#takeWaiting(service)) {
        this.#forget(route)
        this.#answer(route, { kind: 'stopping' })
      }
    }
  }

  #redeliver(service: string): void {
    for (const route of this.#takeWaiting(service)) this.#deliver(route)
  }

  #takeWaiting(service: string): Set<Route> {
    const waiting = this.#waiting.get(service) ?? new Set()
    this.#waiting.delete(service)
    return waiting
  }

  /** A endpoint has ended: what it was at has crashed, what it waited for is wanted by nobody. */
  ended(endpoint: RpcEndpoint, error: WireError): void {
    for (const route of [...(this.#served.get(endpoint) ?? [])]) {
      this.#forget(route)
      this.#answer(route, { kind: 'crashed', error })
    }
    for (const route of [...(this.#made.get(endpoint)?.values() ?? [])]) this.#giveUp(route, 'aborted')
    this.#made.delete(endpoint)
    this.#served.delete(endpoint)
  }

  #forget(route: Route): void {
    this.#routes.delete(route.id)
    this.#onForgotten?.(route.id)
    this.#made.get(route.caller)?.delete(route.callerId)
    if (route.callee) {
      route.callee.calls--
      this.#served.get(route.callee)?.delete(route)
    } else this.#waiting.get(route.call.service)?.delete(route)
  }

  #answer(route: Route, reply: RpcReply): void {
    this.#announce(route, { outcome: outcomeOf(reply), ...('error' in reply && { error: reply.error }) })
    route.caller.post({ kind: 'return', id: route.callerId, reply })
  }

  #announce(route: Route, ended: { outcome: ReturnType<typeof outcomeOf>; error?: WireError }): void {
    const { clock, events, services } = this.#options
    if (!events.has('rpc.ended')) return
    const { service, method, callStack } = route.call
    events.emit('rpc.ended', {
      service,
      method,
      isKnown: services.get(service)?.methods.has(method) ?? false,
      caller: callStack.at(-1),
      duration: secondsFromMicros(clock.now() - route.begunAt),
      ...ended,
    })
  }
}
