export interface ConfigFlags {
  readonly config?: string
  readonly set?: readonly string[]
}

/** The configuration file, if any, with `--set` applied on top. */
export async function readConfig({ config, set = [] }: ConfigFlags): Promise<Record<string, unknown>> {
  if (config === undefined && set.length === 0) return {}
  const [{ readConfigFile }, { applySetting }] = await Promise.all([
    import('../supervise/config-file.js'),
    import('../supervise/config-set.js'),
  ])
  const file = config === undefined ? {} : await readConfigFile(config, process.env)
  return set.reduce(applySetting, file)
}
