import { pino } from 'pino'
import { isDefinedService } from '../define/define-service.js'
import type { ServiceClass } from '../define/entries.js'
import { injectionName } from '../define/entries.js'
import { injectionsOf, type ServiceSource } from '../define/service-source.js'
import { Config } from '../depend/config.js'
import { HOST, type HostPort } from '../depend/host-port.js'
import { LoggerProvider } from '../depend/logger.js'
import { instantiate } from '../host/service-object.js'
import { isMarkedProvider } from '../kernel/provider-mark.js'
import type { HarnessService } from './harness-options.js'
import { refuseUnknownNames } from './injected-names.js'
import { stub } from './stub.js'

/**
 * Makes a service object whose methods a test can call: no thread, no clock, no life cycle. `dependencies` are injected by
 * property name. `Config` reads `config`, `Logger` writes nothing, and every other dependency is a {@link stub}.
 *
 *     const reports = workerFactory(Reports, { db: fakeDb })
 *     expect(await reports.total()).toBe(3)
 *
 * The class does not need `@service`.
 *
 * @throws UsageError (`ERR_NO_DEPENDENCY`) for a name under which nothing is injected.
 */
export function workerFactory<ServiceObject extends object>(
  service: HarnessService<ServiceObject>,
  dependencies: Readonly<Record<string, unknown>> = {},
  config: Readonly<Record<string, unknown>> = {},
): ServiceObject {
  const source = service as ServiceSource
  const injections = injectionsOf(source)
  const who = isDefinedService(source) ? 'the service' : (source as ServiceClass).name
  refuseUnknownNames(Object.keys(dependencies), injections, who)
  const values = Object.fromEntries(
    injections.map((injection) => {
      const name = injectionName(injection)
      return [name, Object.hasOwn(dependencies, name) ? dependencies[name] : standIn(injection.token, config)]
    }),
  )
  return instantiate(source, [], {}, values) as ServiceObject
}

function standIn(token: unknown, config: Readonly<Record<string, unknown>>): unknown {
  const log = pino({ level: 'silent' })
  if (isProvider(token, LoggerProvider)) return log
  if (isProvider(token, Config)) {
    return Object.assign(new Config(), { context: { service: '', config, log, [HOST]: stub<HostPort>() } })
  }
  return stub()
}

/** Compares the name too: a module compiled to CommonJS on the fly has its own copies of our classes. */
function isProvider(token: unknown, provider: { readonly name: string }): boolean {
  return token === provider || (isMarkedProvider(token) && token.name === provider.name)
}
