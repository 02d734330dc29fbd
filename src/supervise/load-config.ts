import { parseSettings, RESERVED, type Settings, type SettingsInput, splitConfig } from './settings.js'

/** A supervisor's configuration, checked: its own settings, and the user's values. */
export interface LoadedConfig {
  readonly settings: Settings
  readonly user: Readonly<Record<string, unknown>>
}

/** `given` is the configuration itself, or the path of a file with it. */
export async function loadConfig(
  given: string | Readonly<Record<string, unknown>> = {},
  http?: SettingsInput['http'],
): Promise<LoadedConfig> {
  const config = typeof given === 'string' ? await readFile(given) : given
  const { settings, user } = splitConfig(config)
  if (http === undefined) return { settings, user }
  const own = (config[RESERVED] ?? {}) as Record<string, unknown>
  const inherited = typeof own.http === 'object' ? own.http : {}
  return { settings: parseSettings({ ...own, http: http === false ? false : { ...inherited, ...http } }), user }
}

/** The parser is only loaded when there is something to parse. */
async function readFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { readConfigFile } = await import('./config-file.js')
  return readConfigFile(path, process.env)
}
