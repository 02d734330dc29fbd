import { existsSync } from 'node:fs'

export interface ConfigFlags {
  readonly config?: string
  readonly set?: readonly string[]
}

/** What somebody may expect to be read without `--config`. */
const USUAL_FILES = ['escapement.yaml', 'escapement.yml', 'escapement.json']

/** Reads the configuration file, if any, and applies `--set`. */
export async function readConfig({ config, set = [] }: ConfigFlags): Promise<Record<string, unknown>> {
  if (config === undefined) hintAtFile()
  if (config === undefined && set.length === 0) return {}
  const [{ readConfigFile }, { applySetting }, { askConfigModule }] = await Promise.all([
    import('../config/config-file.js'),
    import('../config/config-set.js'),
    import('../supervise/ask-config-module.js'),
  ])
  const file = config === undefined ? {} : await readConfigFile(config, process.env, askConfigModule)
  return set.reduce(applySetting, file)
}

/** No file is read that was not named: a configuration decides what a process may do, and the working directory may be anybody's. */
function hintAtFile(): void {
  const found = USUAL_FILES.find((file) => existsSync(file))
  if (found === undefined) return
  process.stderr.write(`escapement: ${found} in this folder is not read: give it with --config ${found}\n`)
}
