/** What a harness is made of, checked. */
import type { DefinedService } from '../define/define-service.js'
import type { DurationInput } from '../define/options/durations.js'
import { isServiceSource, type ServiceSource } from '../define/service-source.js'
import { UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import type { Millis } from '../kernel/time.js'

/** A class marked `@service`, or what `defineService` gave. */
export type HarnessService<Instance extends object = object> =
  | (new (
      // biome-ignore lint/suspicious/noExplicitAny: whatever the constructor takes is injected.
      ...args: any[]
    ) => Instance)
  | DefinedService<Instance>

export interface HarnessOptions {
  /** What is injected instead of what the providers give, by property. Their providers are not even made. */
  readonly dependencies?: Readonly<Record<string, unknown>>
  /** The configuration; the key `escapement` is the supervisor's own. */
  readonly config?: Readonly<Record<string, unknown>>
  /** What the wall clock says at the start. Default: 2026-01-05T00:00:00Z, a Monday. */
  readonly at?: Date | string | number
  /**
   * How long, in real time, a run that has begun may take before the virtual clock moves on without it: for methods that
   * really wait for something, a database or a file. Default 0: they may take a few turns of the event loop.
   */
  readonly settleTimeout?: DurationInput
}

/** Their names. */
export const HARNESS_OPTIONS: readonly (keyof HarnessOptions)[] = ['dependencies', 'config', 'at', 'settleTimeout']

export const MONDAY = '2026-01-05T00:00:00Z'

/** What the wall clock says. @throws UsageError (`ERR_MOMENT`) when it is no moment. */
export function readMoment(at: Date | string | number): Millis {
  const wall = new Date(at).getTime()
  if (!Number.isNaN(wall)) return wall
  const given = at instanceof Date ? 'an invalid Date' : show(at)
  throw new UsageError(
    'ERR_MOMENT',
    `createHarness(): option "at" must be a moment such as "${MONDAY}", a Date, or milliseconds since 1970, got ${given}`,
  )
}

export function sourceOf(service: HarnessService): ServiceSource {
  if (isServiceSource(service)) return service
  throw new UsageError(
    'ERR_NO_SERVICE',
    `createHarness() expects a class marked @service('name') or what defineService() gave, got ${show(service)}`,
  )
}
