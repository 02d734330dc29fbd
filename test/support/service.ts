import type { ServiceDefinition } from '../../src/kernel/definitions.js'

/** A complete service definition without timers, unless others are given. */
export function serviceDefinition(given: Partial<ServiceDefinition> = {}): ServiceDefinition {
  const name = given.name ?? given.timers?.[0]?.service ?? 'svc'
  return {
    name,
    module: 'file:///services.js',
    exportName: 'Service',
    pool: name,
    threads: 1,
    standby: false,
    recycle: {},
    resourceLimits: {},
    nice: 0,
    timers: [],
    rpcs: [],
    leases: [],
    usesMembers: false,
    ...given,
  }
}
