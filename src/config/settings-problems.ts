/** Converts zod's issues about the settings to sentences. */
import type { z } from 'zod'
import { didYouMean } from '../kernel/suggest.js'
import { memberOf, sectionOf } from './unwrap-schema.js'

/** Returns one sentence for each issue. `within` is the prefix of every path. */
export function settingsProblems(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  within: string,
): string[] {
  return issues.flatMap((issue) => {
    const where = [within, ...issue.path].join('.')
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path)
      return issue.keys.map(
        (key) => `configuration: ${where}.${key} is not known${didYouMean(key, known)} (known: ${known.join(', ')})`,
      )
    }
    const nearest = issue.code === 'invalid_union' ? issue.errors.findLast(isAboutContents) : undefined
    if (nearest) {
      const inner = nearest.map((found) => ({ ...found, path: [...issue.path, ...found.path] }))
      return settingsProblems(inner, schema, within)
    }
    return [`configuration: ${where}: ${issue.message}`]
  })
}

/** Whether the user meant this alternative of a union: the value has the right type, but its contents are wrong. */
function isAboutContents(issues: readonly z.core.$ZodIssue[]): boolean {
  return !issues.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' || (issue.code === 'invalid_value' && issue.values.length === 1)),
  )
}

/** The keys that a section may have; empty when every key is allowed. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.core.$ZodType | undefined>((inner, key) => memberOf(inner, String(key)), schema)
  return Object.keys(sectionOf(found) ?? {})
}
