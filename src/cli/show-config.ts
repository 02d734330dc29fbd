/** `escapement show-config`: prints the configuration that `run` would use, with secrets masked. */
import { stringify } from 'yaml'
import { RESERVED, type SettingsInput, splitConfig, writeSettings } from '../config/settings.js'
import { type ConfigFlags, readConfig } from './config.js'
import { EXIT } from './exit-codes.js'
import { maskSecrets } from './mask-secrets.js'

export async function showConfig(flags: ConfigFlags & { readonly json?: boolean }): Promise<number> {
  const { settings, user } = splitConfig(await readConfig(flags))
  const shown = maskSecrets({ ...user, [RESERVED]: maskReceivers(writeSettings(settings)) })
  process.stdout.write(flags.json ? `${asJson(shown)}\n` : stringify(shown, { lineWidth: 0 }))
  return EXIT.clean
}

/** The path of such a URL is often its secret. */
function maskReceivers({ notify, heartbeat, ...settings }: SettingsInput): SettingsInput {
  const masked = (url: string) => `${new URL(url).origin}/***`
  return {
    ...settings,
    ...(notify && { notify: { ...notify, url: masked(notify.url) } }),
    ...(heartbeat && { heartbeat: { ...heartbeat, url: masked(heartbeat.url) } }),
  }
}

/** A configuration module may contain bigints, which JSON does not have. */
function asJson(shown: unknown): string {
  return JSON.stringify(shown, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 2)
}
