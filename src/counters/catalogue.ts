/**
 * Which rows the counters in shared memory have, with the labels of their series. It is plain data that survives structured
 * cloning, so that any thread can read the memory with it.
 *
 * All rows are known when the services are known; none is added later. A row is found by its position in these lists.
 */
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Micros } from '../kernel/time.js'
import type { MetricDetail } from '../kernel/vocabulary.js'
import { seriesOf, type TimerSeries } from './series.js'

export interface CatalogueTimer {
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly id: string
  readonly service: string
  /** The label `method`: `report#morning` for a timer with a name. */
  readonly method: string
  /** Undefined: no limit. */
  readonly timeout?: Micros
  readonly series: TimerSeries
}

export interface CatalogueMethod {
  readonly service: string
  readonly method: string
}

export interface CatalogueService {
  readonly service: string
  /** The service injects `Members`. */
  readonly hasMembers: boolean
  /** A timer of the service has scope `queue`. */
  readonly hasQueue: boolean
}

export interface Catalogue {
  readonly detail: MetricDetail
  readonly timers: readonly CatalogueTimer[]
  /** Methods that timers call. */
  readonly methods: readonly CatalogueMethod[]
  /** Methods that services call; the last one stands for all methods that do not exist. */
  readonly rpcs: readonly CatalogueMethod[]
  readonly services: readonly CatalogueService[]
  readonly pools: readonly { readonly pool: string }[]
  readonly leases: readonly { readonly lease: string }[]
  /** One row. */
  readonly process: readonly [object]
}

/** The labels of calls to methods that do not exist: names that callers invent must not become series. */
export const UNKNOWN_RPC: CatalogueMethod = { service: 'unknown', method: 'unknown' }

/** What the catalogue needs to know of a service. */
export type CountedService = Pick<ServiceDefinition, 'name' | 'pool' | 'timers' | 'rpcs' | 'leases' | 'usesMembers'>

export function catalogueOf(services: readonly CountedService[], detail: MetricDetail = 'method'): Catalogue {
  const timers = services.flatMap((service) => service.timers)
  return {
    detail,
    timers: timers.map((timer) => ({
      id: timer.id,
      service: timer.service,
      method: timer.id.slice(timer.service.length + 1),
      ...(timer.timeout !== undefined && { timeout: timer.timeout }),
      series: seriesOf(timer),
    })),
    methods: [
      ...new Map(timers.map(({ service, method }) => [methodId(service, method), { service, method }])).values(),
    ],
    rpcs: [...services.flatMap(({ rpcs }) => rpcs.map(({ service, method }) => ({ service, method }))), UNKNOWN_RPC],
    services: services.map(({ name, usesMembers, timers }) => ({
      service: name,
      hasMembers: usesMembers,
      hasQueue: timers.some(({ scope }) => scope === 'queue'),
    })),
    pools: [...new Set(services.map(({ pool }) => pool))].map((pool) => ({ pool })),
    leases: [...new Set(services.flatMap(({ leases }) => leases))].map((lease) => ({ lease })),
    process: [{}],
  }
}

export function methodId(service: string, method: string): string {
  return `${service}.${method}`
}
