import type { RpcDefinition, ServiceDefinition, TimerDefinition } from '../kernel/definitions.js'
import { show } from '../kernel/suggest.js'
import { refuseBareParameters } from './constructor-parameters.js'
import { isDefinedService } from './define-service.js'
import { describeTimer, type TimerSurroundings } from './describe-timer.js'
import { type EntrypointEntry, nameOf, timerKey } from './entries.js'
import type { ExportedService } from './exported-services.js'
import { generatorKind, generatorProblem, methodOf } from './generator-method.js'
import { refuseEqualNames, refuseUnequalLanes } from './lanes.js'
import { type Report, reading, reportTo } from './options/check.js'
import { nameIn, parseServiceOptions } from './options/service-options.js'
import { entriesOf, injectionsOf, optionsOf, type ServiceSource } from './service-source.js'
import { wire } from './wiring.js'

/** Settings from outside the module that the description of a service depends on. */
export interface ServiceSurroundings extends TimerSurroundings {
  /** `escapement.services`. */
  readonly services: Readonly<Record<string, unknown>>
}

/** Describes one service; undefined when its options are invalid. Adds the problems of the service and its entrypoints to `problems`. */
export function describeService(
  { source, exportName }: ExportedService,
  module: string,
  around: ServiceSurroundings,
  problems: string[],
): ServiceDefinition | undefined {
  const already = problems.length
  const given = optionsOf(source)
  const label = nameIn(given)
  const report = reportTo(problems, label ?? `the service exported as "${exportName}"`)
  const options = parseServiceOptions(given, around.config, around.services, report, problems)
  const injections = injectionsOf(source, report)
  const { plans } = wire(injections, report)
  if (!isDefinedService(source)) refuseBareParameters(source, injections, report)
  const entries = entriesOf(source, report)
  if (entries.length === 0 && problems.length === already) {
    report('has no entrypoint: at least one method must be a timer, a cron job or an rpc')
  }
  refuseBadMethods(entries, report)
  refuseGenerators(source, entries, report)
  const name = options?.name ?? label ?? exportName
  const timers = entries.flatMap((entry): TimerDefinition | TimerDefinition[] => {
    if (entry.kind === 'rpc') return []
    const reportTimer = reportTo(problems, `${name}.${timerKey(entry.method, nameOf(entry))}`)
    return reading(reportTimer, () => describeTimer(name, entry, around, reportTimer)) ?? []
  })
  refuseUnequalLanes(timers, (method) => reportTo(problems, `${name}.${method}`))
  const rpcs = entries.filter((entry) => entry.kind === 'rpc').map(({ method }) => describeRpc(name, method))
  const injected = plans.flatMap(({ provider, args }) => provider.leaseFor?.(name, ...args) ?? [])
  const needed = timers.flatMap(({ lease, offerLease }) => lease ?? offerLease ?? [])
  const leases = [...new Set([...needed, ...injected])]
  const usesMembers = plans.some(({ provider }) => provider.usesMembers === true)
  return options && { ...options, module, exportName, timers, rpcs, leases, usesMembers }
}

function describeRpc(service: string, method: string): RpcDefinition {
  return { kind: 'rpc', id: `${service}.${method}`, service, method }
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** Methods that Escapement calls as hooks, and when. */
const HOOKS: Readonly<Record<string, string>> = { onStart: 'when the service starts', onStop: 'when it stops' }

/** Reports methods that are hooks, that are entrypoints of two kinds, or whose name would make an ambiguous id. */
function refuseBadMethods(entries: readonly EntrypointEntry[], report: Report): void {
  for (const method of new Set(entries.map((entry) => entry.method))) {
    if (!IDENTIFIER.test(method)) {
      report(
        `the method ${show(method)} cannot be an entrypoint: its name becomes part of an id, so it must be an identifier`,
      )
    }
    if (Object.hasOwn(HOOKS, method)) {
      report(
        `the method "${method}" cannot be an entrypoint: it is called ${HOOKS[method]}, once; move this code to a method with another name`,
      )
    }
    const sameMethod = entries.filter((entry) => entry.method === method)
    const kinds = sameMethod.map((entry) => entry.kind)
    if (!kinds.includes('rpc'))
      refuseEqualNames(
        method,
        sameMethod.flatMap((entry) => (entry.kind === 'rpc' ? [] : [entry])),
        report,
      )
    else if (kinds.length > 1) {
      report(
        `the method "${method}" is ${kinds.join(' and ')} at once, but the id of an entrypoint is unique: add a method that calls it`,
      )
    }
  }
}

/** Reports generators; those among the methods that `create` returns are reported when the thread starts. */
function refuseGenerators(source: ServiceSource, entries: readonly EntrypointEntry[], report: Report): void {
  const methods = isDefinedService(source)
    ? []
    : [...new Set(entries.map(({ method }) => method)), ...Object.keys(HOOKS)]
  for (const method of methods) {
    const kind = generatorKind(methodOf(source, method))
    if (kind) report(generatorProblem(`the method "${method}"`, kind))
  }
  for (const entry of entries) {
    const kind =
      entry.kind === 'rpc' ? undefined : generatorKind((entry.options as { when?: unknown } | undefined)?.when)
    if (kind) report(generatorProblem(`the function "when" of the method "${entry.method}"`, kind))
  }
}
