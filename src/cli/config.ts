import { applySetting, type Config, readConfigFile } from '../supervise/config-file.js'

export interface ConfigFlags {
  readonly config?: string
  readonly set?: readonly string[]
}

/** The configuration file, if any, with `--set` applied on top. */
export async function readConfig(flags: ConfigFlags): Promise<Config> {
  const file = flags.config === undefined ? {} : await readConfigFile(flags.config, process.env)
  return (flags.set ?? []).reduce(applySetting, file)
}
