/**
 * Describes the services of the user's modules on worker threads: the main thread never imports a user's module.
 *
 * Modules share a thread for each core. One that never finishes loading, exits, crashes or is refused there is described again on a
 * thread of its own, so that it is reported by its name and affects nothing else.
 */
import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { loadConfig } from '../../config/load-config.js'
import { type Clock, systemClock } from '../../kernel/clock.js'
import type { ServiceDefinition } from '../../kernel/definitions.js'
import { ConfigError, DefinitionError } from '../../kernel/errors.js'
import { didYouMean } from '../../kernel/suggest.js'
import type { DescribeOptions, DescribeReply } from '../../kernel/thread-questions.js'
import type { Micros } from '../../kernel/time.js'
import { askConfigModule } from '../ask-config-module.js'
import { askThread } from '../ask-thread.js'
import { describeTogether } from './describe-together.js'
import { shareDescriber } from './shared-describer.js'

/** How long the import of a module may take on a thread of its own. */
const IMPORT_DEADLINE: Micros = 30_000_000

/** Paths (relative to the working directory) or `file:` URLs of modules. */
export type Modules = readonly (string | URL)[]

/** Describes the services of modules with a configuration, and starts nothing. Throws the same errors as `Supervisor.start`. */
export async function describeServices(
  modules: Modules,
  config: string | Readonly<Record<string, unknown>> = {},
): Promise<ServiceDefinition[]> {
  const { settings, user } = await loadConfig(config, {}, askConfigModule)
  const { defaults, services } = settings
  return describeModules(await moduleUrls(modules), { config: user, defaults, services }, systemClock())
}

/** The URLs of the modules in `escapement.preload`. @throws ConfigError (`ERR_CONFIG_VALUE`) for a path without a file. */
export async function preloadUrls(modules: readonly string[]): Promise<string[]> {
  return moduleUrls(modules).catch((error) => {
    throw new ConfigError('ERR_CONFIG_VALUE', `configuration: escapement.preload: ${(error as Error).message}`)
  })
}

/** @throws DefinitionError (`ERR_MODULE_MISSING`) for a path without a file. */
export function moduleUrls(modules: Modules): Promise<string[]> {
  return Promise.all(modules.map(moduleUrl))
}

async function moduleUrl(given: string | URL): Promise<string> {
  const url = given instanceof URL || given.startsWith('file:') ? new URL(given) : pathToFileURL(resolve(given))
  const path = fileURLToPath(url)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return url.href
  const what = found ? 'is a folder, not a file' : 'does not exist'
  throw new DefinitionError('ERR_MODULE_MISSING', [`module ${String(given)} ${what} (looked for ${path})`])
}

/**
 * The services of all modules, in order. `width` is the number of threads at once; the default is one for each core.
 *
 * @throws DefinitionError with all problems.
 */
export async function describeModules(
  modules: readonly string[],
  options: DescribeOptions,
  clock: Clock,
  width = availableParallelism(),
): Promise<ServiceDefinition[]> {
  if (modules.length === 0) {
    throw new DefinitionError('ERR_NO_MODULE', ['no module was given: name at least one file that defines a service'])
  }
  const replies = await describeTogether(modules, {
    width,
    share: () => shareDescriber(options, clock),
    alone: (module) => describeAlone(module, options, clock),
  })
  const services = replies.flatMap((reply) => (reply.kind === 'described' ? reply.services : []))
  const problems = [
    ...replies.flatMap((reply) => (reply.kind === 'refused' ? reply.problems : [])),
    ...duplicateNames(services),
    ...(replies.every((reply) => reply.kind === 'described') ? unknownOverrides(services, options.services) : []),
  ]
  if (problems.length > 0) throw new DefinitionError('ERR_DEFINITION', problems)
  return services
}

function describeAlone(module: string, options: DescribeOptions, clock: Clock): Promise<DescribeReply> {
  return askThread<DescribeReply>('describer', {
    question: { kind: 'describe', module, ...options },
    deadline: IMPORT_DEADLINE,
    clock,
    onLost: (how) => ({ kind: 'refused', problems: [`${module}: importing it ended the thread (${how})`] }),
    onLate: (limit) => ({
      kind: 'refused',
      problems: [
        `${module}: had not finished importing after ${limit}; is there a top-level await or an endless loop?`,
      ],
    }),
  })
}

function duplicateNames(services: readonly ServiceDefinition[]): string[] {
  const first = new Map<string, ServiceDefinition>()
  return services.flatMap((service) => {
    const other = first.get(service.name)
    if (!other) {
      first.set(service.name, service)
      return []
    }
    return [
      `two services are named "${service.name}": ${other.exportName} in ${other.module} and ${service.exportName} in ${service.module}; rename one of them`,
    ]
  })
}

function unknownOverrides(services: readonly ServiceDefinition[], overrides: DescribeOptions['services']): string[] {
  const names = services.map((service) => service.name)
  return Object.keys(overrides)
    .filter((name) => !names.includes(name))
    .map(
      (name) =>
        `configuration: escapement.services.${name}: no such service${didYouMean(name, names)} (services: ${names.join(', ')})`,
    )
}
