import type { AskConfigModule } from './config-module.js'
import { parseSettings, RESERVED, type Settings, type SettingsInput, splitConfig } from './settings.js'

/** A supervisor's configuration, checked: its own settings, and the user's values. */
export interface LoadedConfig {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
}

/** What a program says itself, above its configuration. */
export type Overrides = Partial<Pick<SettingsInput, 'http' | 'coordination'>>

/** `given` is the configuration itself, or the path of a file with it; `ask` imports a configuration module elsewhere. */
export async function loadConfig(
  given: string | Readonly<Record<string, unknown>>,
  { http, coordination }: Overrides,
  ask: AskConfigModule,
): Promise<LoadedConfig> {
  const config = typeof given === 'string' ? await readFile(given, ask) : given
  const { settings, user } = splitConfig(config)
  if (http === undefined && coordination === undefined) return { settings, user }
  const own = (config[RESERVED] ?? {}) as Record<string, unknown>
  const above = {
    ...(http !== undefined && { http: over(own.http, http) }),
    ...(coordination !== undefined && { coordination: over(own.coordination, coordination) }),
  }
  return { settings: parseSettings({ ...own, ...above }), user }
}

/** Sections are merged; anything else replaces what the configuration says. */
function over(below: unknown, above: unknown): unknown {
  return isSection(below) && isSection(above) ? { ...below, ...above } : above
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The parser is only loaded when there is something to parse. */
async function readFile(path: string, ask: AskConfigModule): Promise<Readonly<Record<string, unknown>>> {
  const { readConfigFile } = await import('./config-file.js')
  return readConfigFile(path, process.env, ask)
}
