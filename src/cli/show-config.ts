/** `escapement show-config`: prints the configuration that `run` would use, with secrets masked. */
import { stringify } from 'yaml'
import { RESERVED, splitConfig, writeSettings } from '../config/settings.js'
import { type ConfigFlags, readConfig } from './config.js'
import { EXIT } from './exit-codes.js'
import { maskSecrets } from './mask-secrets.js'

export async function showConfig(flags: ConfigFlags & { readonly json?: boolean }): Promise<number> {
  const { settings, user } = splitConfig(await readConfig(flags))
  const shown = maskSecrets({ ...user, [RESERVED]: writeSettings(settings) })
  process.stdout.write(flags.json ? `${asJson(shown)}\n` : stringify(shown, { lineWidth: 0 }))
  return EXIT.clean
}

/** A configuration module may contain bigints, which JSON does not have. */
function asJson(shown: unknown): string {
  return JSON.stringify(shown, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 2)
}
