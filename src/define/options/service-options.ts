/** What a service says of itself and what the configuration says of it: its threads, and how they are set up. */
import type { ResourceLimits, ServiceDefinition } from '../../kernel/definitions.js'
import { show } from '../../kernel/suggest.js'
import { type ConfigData, readText } from '../config-data.js'
import { check, checkOptions, type Report, reportTo } from './check.js'
import type { Configurable } from './from-config.js'
import type { Parsed } from './parsed.js'
import { flag, parsedBy, table, wholeNumber } from './schema.js'

/** How the threads of a service are set up. The configuration may override each under `escapement.services.<name>`. */
export interface ThreadOptions {
  /** How many threads, each with an instance of its own; ticks go to the least busy. Range: 1 to 256. Default: 1. */
  readonly threads?: Configurable<number>
  /** Name of a pool whose threads it shares with the other services that name it. Default: a pool of its own. */
  readonly pool?: Configurable<string>
  /** Keep one warm thread ready to take over. Default: false. */
  readonly standby?: Configurable<boolean>
  /**
   * Replaces a thread, between two runs, after so many runs (1 or more) or when its heap in use has grown to so many
   * megabytes: against leaks that cannot be mended. Ticks that come due meanwhile wait. Default: never.
   */
  readonly recycle?: Configurable<{ readonly afterRuns?: Configurable<number>; readonly heapMb?: Configurable<number> }>
  /** V8 heap limits of each thread, in megabytes, as `node:worker_threads` takes them. Default: those of Node. */
  readonly resourceLimits?: Configurable<{ readonly [Limit in keyof ResourceLimits]?: Configurable<number> }>
  /** Added to the niceness of its threads: the higher, the sooner others go first (Linux). Range: 0 to 19. Default: 0. */
  readonly nice?: Configurable<number>
}

/** Options of `@service`. */
export interface ServiceOptions extends ThreadOptions {
  /**
   * Name of the service: letters, digits, `_` and `-`, beginning with a letter or `_`, at most 64 characters. No dots:
   * the id of an entrypoint is `service.method`, and it must be plain where the service ends.
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

/** What of a definition its options say. */
export type DescribedOptions = Omit<
  ServiceDefinition,
  'module' | 'exportName' | 'timers' | 'rpcs' | 'leases' | 'usesMembers'
>

/** A name that can be the first half of an id. */
function parseServiceName(input: unknown): Parsed<string> {
  if (typeof input === 'string' && NAME.test(input)) return { value: input }
  const rule = 'letters, digits, "_" and "-", beginning with a letter or "_", at most 64 characters'
  return { problem: `must be a name of ${rule}, got ${show(input)}` }
}

/** The name in what `@service` was given, when it is a name. */
export function nameIn(given: unknown): string | undefined {
  const name = parseServiceName(
    typeof given === 'object' && given !== null ? (given as { name?: unknown }).name : given,
  )
  return 'value' in name ? name.value : undefined
}

/**
 * The complete options, those of the configuration above the service's own; undefined when anything was reported.
 * What is wrong in the configuration is added to `problems` as such.
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

/** The limits that are set: `node:worker_threads` takes no undefined ones. */
function present<Name extends string>(limits: { readonly [_ in Name]?: number | undefined }): { [_ in Name]?: number } {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as {
    [_ in Name]?: number
  }
}
