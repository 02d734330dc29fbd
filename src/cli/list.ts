/** `escapement list`: prints what the modules define, without starting anything. */
import { describeServices } from '../supervise/describe-modules.js'
import { type ConfigFlags, readConfig } from './config.js'
import { entrypointTable } from './entrypoint-table.js'
import { EXIT } from './exit-codes.js'

export async function list(
  modules: readonly string[],
  flags: ConfigFlags & { readonly json?: boolean },
): Promise<number> {
  const services = await describeServices(modules, await readConfig(flags))
  process.stdout.write(`${flags.json ? JSON.stringify(services, null, 2) : entrypointTable(services)}\n`)
  return EXIT.clean
}
