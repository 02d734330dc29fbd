/**
 * The supervisor's own settings, under the reserved key `escapement` of the configuration.
 *
 * All settings are checked before anything starts, and an unknown key is an error. The rest of the configuration belongs
 * to the user and is not checked.
 */
import type { input, output } from 'zod'
import { z } from '../define/options/zod.js'
import { ConfigError } from '../kernel/errors.js'
import { settingsProblems } from './settings-problems.js'
import { settingsSchema } from './settings-schema.js'
import { readNumbers } from './settings-text.js'

/** Settings for the engine: complete, durations in microseconds. */
export type Settings = output<typeof settingsSchema>
/** Settings as users write them. */
export type SettingsInput = input<typeof settingsSchema>

/** The reserved key. */
export const RESERVED = 'escapement'

/** Splits a configuration into the supervisor's settings and the user's values. */
export function splitConfig(config: Readonly<Record<string, unknown>>): {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
} {
  const { [RESERVED]: own, ...user } = config
  return { settings: parseSettings(own ?? {}), user }
}

/** @throws ConfigError with one line for each problem. */
export function parseSettings(given: unknown): Settings {
  const parsed = settingsSchema.safeParse(readNumbers(settingsSchema, given))
  if (parsed.success) return parsed.data
  const problems = settingsProblems(parsed.error.issues, settingsSchema, RESERVED)
  throw new ConfigError('ERR_CONFIG_VALUE', problems)
}

/** The inverse of {@link parseSettings}: complete settings as a user would write them, durations as `30s`. */
export function writeSettings(settings: Settings): SettingsInput {
  return z.encode(settingsSchema, settings)
}
