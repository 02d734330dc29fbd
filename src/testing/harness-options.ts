/** The arguments of `createHarness()` and their checks. */
import type { DefinedService } from '../define/define-service.js'
import type { DurationInput } from '../define/options/durations.js'
import { isServiceSource, type ServiceSource } from '../define/service-source.js'
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Millis } from '../kernel/time.js'

/** A class marked `@service`, or the result of `defineService`. */
export type HarnessService<Instance extends object = object> =
  | (new (
      // biome-ignore lint/suspicious/noExplicitAny: the parameters of the constructor are injected, so any type is possible.
      ...args: any[]
    ) => Instance)
  | DefinedService<Instance>

export interface HarnessOptions {
  /** Values to inject instead of those of the providers, by property name. Their providers are not constructed. */
  readonly dependencies?: Readonly<Record<string, unknown>>
  /** The configuration. The key `escapement` has the settings of the supervisor. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The wall time at the start. Default: 2026-01-05T00:00:00Z, a Monday. */
  readonly at?: Date | string | number
  /**
   * How long, in real time, the virtual clock waits for a started run before it moves on. For methods that use a real database
   * or file. Default: 0, which lets a run take a few turns of the event loop.
   */
  readonly settleTimeout?: DurationInput
}

/** The present names of options that once had another. */
export const RENAMED_HARNESS_OPTIONS = { patience: 'settleTimeout' }

/** The names of all options. */
export const HARNESS_OPTIONS: readonly (keyof HarnessOptions)[] = ['dependencies', 'config', 'at', 'settleTimeout']

/** A Monday. */
export const DEFAULT_START = '2026-01-05T00:00:00Z'

/** Converts the option `at` to wall time. @throws UsageError (`ERR_MOMENT`) when it is not a valid time. */
export function readMoment(at: Date | string | number): Millis {
  const wall = new Date(at).getTime()
  if (!Number.isNaN(wall)) return wall
  const given = at instanceof Date ? 'an invalid Date' : show(at)
  throw new UsageError(
    'ERR_MOMENT',
    `createHarness(): option "at" must be a time such as "${DEFAULT_START}", a Date, or milliseconds since 1970, got ${given}`,
  )
}

/** @throws UsageError (`ERR_NO_SERVICE`) when `service` is not a service. */
export function sourceOf(service: HarnessService): ServiceSource {
  if (isServiceSource(service)) return service
  throw new UsageError(
    'ERR_NO_SERVICE',
    `createHarness() expects a class marked @service('name') or the result of defineService(), got ${show(service)}`,
  )
}
