export interface ConfigFlags {
  readonly config?: string
  readonly set?: readonly string[]
}

/** Reads the configuration file, if any, and applies `--set`. */
export async function readConfig({ config, set = [] }: ConfigFlags): Promise<Record<string, unknown>> {
  if (config === undefined && set.length === 0) return {}
  const [{ readConfigFile }, { applySetting }, { askConfigModule }] = await Promise.all([
    import('../config/config-file.js'),
    import('../config/config-set.js'),
    import('../supervise/ask-config-module.js'),
  ])
  const file = config === undefined ? {} : await readConfigFile(config, process.env, askConfigModule)
  return set.reduce(applySetting, file)
}
