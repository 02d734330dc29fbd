/**
 * Forwards calls to a thread of the called service, and the results back to the callers.
 *
 *     caller --call--> router: known? --> least busy thread that is up --call--> callee
 *                              | no thread is up: the call waits                   |
 *     caller <--return-------- router <------------------------------------return--+
 *
 * The caller enforces its own deadline and sends a `cancel` when it stops waiting; the router then drops the result. If the
 * method still blocks its thread a second later, the thread is killed.
 */
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import type { CallMessage, CancelMessage, ReturnMessage } from '../kernel/link-protocol.js'
import { outcomeOf, type RpcCall, type RpcFailure, type RpcReply } from '../kernel/rpc.js'
import type { RpcDestination, RpcEndpoint } from '../kernel/rpc-endpoint.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'

/** A service that can be called. */
export interface Callable {
  readonly methods: ReadonlySet<string>
  readonly destination: RpcDestination
}

export interface RpcRouterOptions {
  readonly clock: Clock
  readonly events: Events
  readonly services: ReadonlyMap<string, Callable>
}

/** A call that has not ended. */
interface Route {
  readonly id: number
  readonly caller: RpcEndpoint
  /** The id that the caller gave to the call. */
  readonly callerId: number
  readonly call: RpcCall
  readonly startedAt: Micros
  /** The endpoint that serves the call; undefined while the call waits for a thread. */
  callee: RpcEndpoint | undefined
}

const STOPPING: RpcFailure = { kind: 'stopping' }

/** How long a method may block its thread after its caller stopped waiting. */
const KILL_AFTER: Micros = 1_000_000

export class RpcRouter {
  readonly #options: RpcRouterOptions
  /** All calls that have not ended, by the router's id. */
  readonly #routes = new Map<number, Route>()
  /** The same calls by their caller and its id. */
  readonly #made = new Map<RpcEndpoint, Map<number, Route>>()
  /** The calls that an endpoint is serving. */
  readonly #served = new Map<RpcEndpoint, Set<Route>>()
  /** The calls that wait for a thread, by service. */
  readonly #waiting = new Map<string, Set<Route>>()
  #lastId = 0
  #isStopping = false
  #onEnded: ((id: number) => void) | undefined

  constructor(options: RpcRouterOptions) {
    this.#options = options
  }

  /** Handles a message from an endpoint. */
  receive(from: RpcEndpoint, message: CallMessage | CancelMessage | ReturnMessage): void {
    if (message.kind === 'call') this.#call(from, message)
    else if (message.kind === 'cancel') this.#cancel(from, message)
    else this.#returned(from, message)
  }

  #call(caller: RpcEndpoint, { id: callerId, call }: CallMessage): void {
    const route: Route = {
      id: ++this.#lastId,
      caller,
      callerId,
      call,
      startedAt: this.#options.clock.now(),
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

  #cancel(caller: RpcEndpoint, { id, because }: CancelMessage): void {
    const route = this.#made.get(caller)?.get(id)
    if (route) this.#giveUp(route, because)
  }

  #giveUp(route: Route, because: 'timed_out' | 'aborted'): void {
    const { callee, id } = route
    this.#remove(route)
    this.#announce(route, { outcome: because })
    if (!callee) return
    callee.post({ kind: 'cancel', id, because })
    this.#options.clock.after(KILL_AFTER, () => {
      if (callee.isInside(id)) callee.kill()
    })
  }

  #returned(callee: RpcEndpoint, { id, reply }: ReturnMessage): void {
    const route = this.#routes.get(id)
    if (!route || route.callee !== callee) return
    this.#remove(route)
    this.#answer(route, reply)
  }

  /** Refuses further calls of the main program. Resolves when all calls that are open now have ended. */
  drained(): Promise<void> {
    this.#isStopping = true
    const open = new Set(this.#routes.keys())
    if (open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEnded = (id) => {
        if (open.delete(id) && open.size === 0) resolve()
      }
    })
  }

  /** A thread of these services is up: delivers the calls that waited for one. */
  threadUp(services: readonly string[]): void {
    for (const service of services) this.#redeliver(service)
  }

  /** No thread of these services will come up again: refuses the calls that wait for one. */
  closed(services: readonly string[]): void {
    for (const service of services) {
      for (const route of this.#takeWaiting(service)) {
        this.#remove(route)
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

  /** An endpoint ended: fails the calls that it served and cancels the calls that it made. */
  ended(endpoint: RpcEndpoint, error: WireError): void {
    for (const route of [...(this.#served.get(endpoint) ?? [])]) {
      this.#remove(route)
      this.#answer(route, { kind: 'crashed', error })
    }
    for (const route of [...(this.#made.get(endpoint)?.values() ?? [])]) this.#giveUp(route, 'aborted')
    this.#made.delete(endpoint)
    this.#served.delete(endpoint)
  }

  #remove(route: Route): void {
    this.#routes.delete(route.id)
    this.#onEnded?.(route.id)
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
      duration: secondsFromMicros(clock.now() - route.startedAt),
      ...ended,
    })
  }
}
