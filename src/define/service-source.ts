/** Reads the parts of a service, defined either by a decorated class or by `defineService`. */

import { type DefinedService, isDefinedService } from './define-service.js'
import { definedEntries, definedInjections, definedOptions } from './defined-entries.js'
import { type EntrypointEntry, type Injection, nameOf, type ServiceClass, timerKey } from './entries.js'
import { readEntrypoints, readInjections, readService } from './metadata.js'
import type { Report } from './options/check.js'
import type { EntrypointOptions, IntervalFunction } from './options/option-types.js'

export type ServiceSource = ServiceClass | DefinedService

/** The functions of a timer. They never leave the worker. */
export interface TimerFunctions {
  /** Decides before each run whether to call the method. */
  readonly when?: NonNullable<EntrypointOptions['when']>
  /** Returns the next interval after each run; call it with `askInterval`. */
  readonly interval?: IntervalFunction
}

/** True for a class with its own `@service` and for a result of `defineService`. */
export function isServiceSource(value: unknown): value is ServiceSource {
  return isDefinedService(value) || (typeof value === 'function' && readService(value as ServiceClass) !== undefined)
}

/** The unchecked argument of `@service`. */
export function optionsOf(source: ServiceSource): unknown {
  return isDefinedService(source) ? definedOptions(source) : readService(source)?.options
}

/** The unchecked arguments of the entrypoint decorators. */
export function entriesOf(source: ServiceSource, report: Report = ignore): EntrypointEntry[] {
  return isDefinedService(source) ? definedEntries(source, report) : readEntrypoints(source)
}

/** The injections into properties and constructor parameters of a class, or by name into `create`. */
export function injectionsOf(source: ServiceSource, report: Report = ignore): readonly Injection[] {
  return isDefinedService(source) ? definedInjections(source, report) : readInjections(source)
}

/** The functions of every timer, by `method` or `method#name`; `{}` for a timer that has none. */
export function entrypointsOf(source: ServiceSource): ReadonlyMap<string, TimerFunctions> {
  const functions = new Map<string, TimerFunctions>()
  for (const entry of entriesOf(source)) {
    if (entry.kind === 'rpc') continue
    const when = (entry.options as EntrypointOptions | undefined)?.when
    const interval = entry.kind === 'timer' ? entry.interval : undefined
    functions.set(timerKey(entry.method, nameOf(entry)), {
      ...(typeof when === 'function' && { when }),
      ...(typeof interval === 'function' && { interval: interval as IntervalFunction }),
    })
  }
  return functions
}

function ignore(): void {}
