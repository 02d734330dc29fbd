/** `escapement list`: prints what the modules define and when each timer is due next, without starting anything. */
import { systemClock } from '../kernel/clock.js'
import { definitionWarnings } from '../kernel/definition-warnings.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Millis } from '../kernel/time.js'
import { describeServices } from '../supervise/describe/describe-modules.js'
import { nextDue } from '../supervise/next-due.js'
import { type ConfigFlags, readConfig } from './config.js'
import { entrypointTable } from './entrypoint-table.js'
import { EXIT } from './exit-codes.js'

export async function list(
  modules: readonly string[],
  flags: ConfigFlags & { readonly json?: boolean },
): Promise<number> {
  const services = await describeServices(modules, await readConfig(flags))
  const now = systemClock().wallNow()
  for (const warning of definitionWarnings(services)) process.stderr.write(`warning: ${warning}\n`)
  const text = flags.json
    ? JSON.stringify(
        services.map((service) => withDue(service, now)),
        null,
        2,
      )
    : entrypointTable(services, now)
  process.stdout.write(`${text}\n`)
  return EXIT.clean
}

/** Each timer with `nextDueAt`, where that does not depend on the start. */
function withDue(service: ServiceDefinition, now: Millis): ServiceDefinition {
  const timers = service.timers.map((timer) => {
    const next = nextDue(timer, now)
    return next.kind === 'at' ? { ...timer, nextDueAt: new Date(next.wall).toISOString() } : timer
  })
  return { ...service, timers }
}
