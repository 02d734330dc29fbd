/** The options of a service, from its module and from the configuration: its threads and their settings. */
import type { ResourceLimits, ServiceDefinition } from '../../kernel/definitions.js'
import { show } from '../../kernel/suggest.js'
import { type ConfigData, readText } from '../config-data.js'
import { check, checkOptions, type Report, reportTo } from './check.js'
import type { Configurable } from './from-config.js'
import type { Parsed } from './parsed.js'
import { flag, parsedBy, table, wholeNumber } from './schema.js'

/** Settings of the threads of a service. The configuration may override each under `escapement.services.<name>`. */
export interface ThreadOptions {
  /** Number of threads, each with its own service object; a tick goes to the least busy. Range: 1 to 256. Default: 1. */
  readonly threads?: Configurable<number>
  /** Name of a pool: services with the same pool share its threads. Default: a pool for this service alone. */
  readonly pool?: Configurable<string>
  /** Keep one prepared thread for each thread, to take over when that thread ends. Default: false. */
  readonly standby?: Configurable<boolean>
  /**
   * Replaces a thread between two runs, after `afterRuns` runs (1 or more) or when its used heap has grown to `heapMb`
   * megabytes: against leaks that cannot be fixed. Ticks that come due meanwhile wait. Default: never.
   */
  readonly recycle?: Configurable<{ readonly afterRuns?: Configurable<number>; readonly heapMb?: Configurable<number> }>
  /** V8 heap limits of each thread, in megabytes, as for `node:worker_threads`. Default: the limits of Node. */
  readonly resourceLimits?: Configurable<{ readonly [Limit in keyof ResourceLimits]?: Configurable<number> }>
  /** Added to the niceness of its threads: the higher, the lower their CPU priority (Linux). Range: 0 to 19. Default: 0. */
  readonly nice?: Configurable<number>
}

/** Options of `@service`. */
export interface ServiceOptions extends ThreadOptions {
  /**
   * Name of the service: letters, digits, `_` and `-`, beginning with a letter or `_`, at most 64 characters. No dots:
   * the id of an entrypoint is `service.method`, and the first dot ends the name of the service.
   */
  readonly name: string
}

const MOST_THREADS = 256
const HIGHEST_NICENESS = 19
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

const limit = parsedBy(parseMegabytes).optional()

const threadShape = {
  threads: wholeNumber(1, MOST_THREADS).optional(),
  pool: parsedBy(parseServiceName).optional(),
  standby: flag.optional(),
  recycle: table({ afterRuns: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(), heapMb: limit }).optional(),
  resourceLimits: table({
    maxOldGenerationSizeMb: limit,
    maxYoungGenerationSizeMb: limit,
    codeRangeSizeMb: limit,
    stackSizeMb: limit,
  }).optional(),
  nice: wholeNumber(0, HIGHEST_NICENESS).optional(),
}

const RENAMED = { instances: 'it was renamed to "threads"' }

const overrideSchema = table(threadShape, { ...RENAMED, name: 'a service is named where it is defined' })

const decorated = parsedBy(() => ({ problem: 'is for defineService(): a class is decorated instead' })).optional()
const serviceSchema = table(
  {
    ...threadShape,
    name: parsedBy(parseServiceName),
    create: decorated,
    dependencies: decorated,
    timers: decorated,
    crons: decorated,
    rpcs: decorated,
  },
  RENAMED,
)

/** The fields of a service definition that come from its options. */
export type DescribedOptions = Omit<
  ServiceDefinition,
  'module' | 'exportName' | 'timers' | 'rpcs' | 'leases' | 'usesMembers'
>

/** Reads a service name, the first part of the ids of its entrypoints. */
function parseServiceName(input: unknown): Parsed<string> {
  if (typeof input === 'string' && NAME.test(input)) return { value: input }
  const rule = 'letters, digits, "_" and "-", beginning with a letter or "_", at most 64 characters'
  return { problem: `must be a name of ${rule}, got ${show(input)}` }
}

/** The name in the argument of `@service`; undefined if it is not a valid name. */
export function nameIn(given: unknown): string | undefined {
  const name = parseServiceName(
    typeof given === 'object' && given !== null ? (given as { name?: unknown }).name : given,
  )
  return 'value' in name ? name.value : undefined
}

/**
 * Returns the complete options: those of the configuration override the service's own. Undefined after reporting a problem.
 * Problems in the configuration are added to `problems`, with their place in the configuration.
 */
export function parseServiceOptions(
  given: unknown,
  config: ConfigData,
  services: Readonly<Record<string, unknown>>,
  report: Report,
  problems: string[],
): DescribedOptions | undefined {
  const named = typeof given === 'object' && given !== null ? given : { name: given }
  const own = checkOptions(serviceSchema, named, config, report)
  if (!own) return undefined
  const { name } = own
  const reportOverride = reportTo(problems, `configuration: escapement.services.${name}`)
  const configured = Object.hasOwn(services, name) ? services[name] : {}
  const above = check(overrideSchema, readText(configured), reportOverride)
  if (!above) return undefined
  const { pool = name, threads = 1, standby = false, nice = 0 } = { ...own, ...above }
  const resourceLimits = present({ ...own.resourceLimits, ...above.resourceLimits })
  const recycle = present({ ...own.recycle, ...above.recycle })
  return { name, pool, threads, standby, recycle, resourceLimits, nice }
}

function parseMegabytes(input: unknown): Parsed<number> {
  if (typeof input === 'number' && input > 0 && Number.isFinite(input)) return { value: input }
  return { problem: `must be a number of megabytes above 0, got ${show(input)}` }
}

/** Leaves out undefined limits, which `node:worker_threads` does not accept. */
function present<Name extends string>(limits: { readonly [_ in Name]?: number | undefined }): { [_ in Name]?: number } {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as {
    [_ in Name]?: number
  }
}
