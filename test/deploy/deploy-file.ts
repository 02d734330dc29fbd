/** Files of the folder deploy/. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export function deployPath(name: string): string {
  return fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url))
}

export function readDeploy(name: string): string {
  return readFileSync(deployPath(name), 'utf8')
}
