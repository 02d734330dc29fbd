/** The packages that are compared: benchmarks/compare/package.json, which only the comparison installs. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const INSTALL = 'npm ci --prefix benchmarks/compare'

/** Installs the packages when some are missing or have another version, and says so before. Returns what is wrong when that fails. */
export function installPackages(): string | undefined {
  const missing = Object.entries(wanted()).flatMap(([name, version]) => {
    return installedVersion(FOLDER, name) === version ? [] : [name]
  })
  if (missing.length === 0) return undefined
  process.stderr.write(
    `compare: ${missing.length} packages to compare with are missing. They are installed: ${INSTALL}\n`,
  )
  const { status } = spawnSync('npm', ['ci', '--prefix', 'benchmarks/compare', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status === 0) return undefined
  return `the packages to compare with are missing (${missing.join(', ')}) and could not be installed. Install them with: ${INSTALL}`
}

/** Exact versions; a package that is not one of the comparison's is one of the product's. */
export function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, installedVersion(FOLDER, name) ?? installedVersion(ROOT, name) ?? 'not installed']),
  )
}

/** Name -> exact version. */
function wanted(): Record<string, string> {
  return JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')).dependencies
}

function installedVersion(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
