import type { AskConfigModule } from './config-module.js'
import { parseSettings, RESERVED, type Settings, type SettingsInput, splitConfig } from './settings.js'

/** A checked configuration: the supervisor's own settings, and the user's values. */
export interface LoadedConfig {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
}

/** Settings that a program passes to the supervisor; they override the configuration. */
export type Overrides = Partial<Pick<SettingsInput, 'http' | 'coordination'>>

/** `given`: the configuration itself or the path of its file; `ask`: imports a configuration module on another thread. */
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
    ...(http !== undefined && { http: override(own.http, http) }),
    ...(coordination !== undefined && { coordination: override(own.coordination, coordination) }),
  }
  return { settings: parseSettings({ ...own, ...above }), user }
}

/** Merges two sections; any other value replaces the value of the configuration. */
function override(below: unknown, above: unknown): unknown {
  return isSection(below) && isSection(above) ? { ...below, ...above } : above
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Loads the parser only when there is a file to parse. */
async function readFile(path: string, ask: AskConfigModule): Promise<Readonly<Record<string, unknown>>> {
  const { readConfigFile } = await import('./config-file.js')
  return readConfigFile(path, process.env, ask)
}
