/** Checks a user's options against a schema and reports each problem as a sentence. */
import type { z } from 'zod'
import { show } from '../../kernel/suggest.js'
import type { ConfigData } from '../config-data.js'
import { resolveMarkers } from './from-config.js'

/** Receives one problem: a sentence without the place, which the receiver adds. */
export type Report = (problem: string) => void

export function reportTo(problems: string[], where: string): Report {
  return (problem) => problems.push(`${where}: ${problem}`)
}

/** Returns the checked value; undefined after reporting a problem. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  report: Report,
): z.output<Schema> | undefined {
  const checked = schema.safeParse(given)
  if (checked.success) return checked.data
  for (const { path, message } of checked.error.issues) report(`${optionAt(path)} ${message}`)
  return undefined
}

/** As {@link check}, after replacing `fromConfig()` markers with values of the configuration. */
export function checkOptions<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  config: ConfigData,
  report: Report,
): z.output<Schema> | undefined {
  let isComplete = true
  const resolved = resolveMarkers(given, config, (path, problem) => {
    isComplete = false
    report(`${optionAt(path)} ${problem}`)
  })
  const checked = check(schema, resolved, report)
  return isComplete ? checked : undefined
}

/** Returns the result of `read`; undefined after reporting what it threw. Options may have getters, and getters may throw. */
export function reading<Result>(report: Report, read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    report(`its options cannot be read: ${thrown(error)}`)
    return undefined
  }
}

/** Describes a thrown value, for the end of a sentence. */
export function thrown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error)
}

function optionAt(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'options' : `option "${path.map(String).join('.')}"`
}
