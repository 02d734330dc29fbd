/**
 * The supervisor's own settings: what stands under the reserved key `escapement` of the configuration.
 *
 * Everything is checked before anything starts; an unknown key is an error. The rest of the configuration is the
 * user's, and is not looked at.
 */
import { z } from 'zod'
import { ConfigError } from '../kernel/errors.js'
import { settingsProblems } from './settings-problems.js'
import { settingsSchema } from './settings-schema.js'
import { readNumbers } from './settings-text.js'

/** As the engine takes them: complete, spans in microseconds. */
export type Settings = z.output<typeof settingsSchema>
/** As users write them. */
export type SettingsInput = z.input<typeof settingsSchema>

/** The reserved key. */
export const RESERVED = 'escapement'

/** Splits a configuration into the supervisor's settings and what belongs to the user. */
export function splitConfig(config: Readonly<Record<string, unknown>>): {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
} {
  const { [RESERVED]: own, ...user } = config
  return { settings: parseSettings(own ?? {}), user }
}

/** @throws ConfigError with one line for each thing that is wrong. */
export function parseSettings(given: unknown): Settings {
  const parsed = settingsSchema.safeParse(readNumbers(settingsSchema, given))
  if (parsed.success) return parsed.data
  const problems = settingsProblems(parsed.error.issues, settingsSchema, RESERVED)
  throw new ConfigError('ERR_CONFIG_VALUE', problems.join('\n'))
}

/** The way back: complete settings as a person would write them, spans as `30s`. */
export function writeSettings(settings: Settings): SettingsInput {
  return z.encode(settingsSchema, settings)
}
