/** The systemd unit: its settings by name, each with all its values. */
import { readDeploy } from './deploy-file.js'

export function unitSettings(): Map<string, string[]> {
  const settings = new Map<string, string[]>()
  for (const [, name, value] of readDeploy('systemd/escapement.service').matchAll(/^(\w+)=(.*)$/gm)) {
    settings.set(name!, [...(settings.get(name!) ?? []), value!])
  }
  return settings
}
