/**
 * Says which `paths` or `baseUrl` of TypeScript apply to a module.
 *
 * tsx reads one tsconfig.json for a whole thread. A module of another package on the same thread would import the files of the
 * first package under its own aliases, without a word. So it is refused.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../kernel/errors.js'

/** @throws UsageError (`ERR_TSCONFIG`) when the aliases of a module differ from those that tsx was registered with. */
export function refuseOtherAliases(module: string, registered: string | undefined): void {
  const own = nearestFile('tsconfig.json', dirname(module))
  if (own === undefined || own === registered) return
  const aliases = aliasesOf(own)
  if (aliases === undefined || (registered && aliases === aliasesOf(registered))) return
  throw new UsageError(
    'ERR_TSCONFIG',
    `${module}: the "paths" of ${own} cannot be used, because this thread already uses ${registered ?? 'no tsconfig.json'}: TypeScript modules on one thread share one tsconfig.json. Give the services pools of their own, compile one of the packages to JavaScript, or set TSX_TSCONFIG_PATH to a tsconfig.json with the paths of both`,
  )
}

/** The file of that name in a folder or the nearest one above it. */
export function nearestFile(name: string, folder: string): string | undefined {
  const candidate = join(folder, name)
  if (existsSync(candidate)) return candidate
  const above = dirname(folder)
  return above === folder ? undefined : nearestFile(name, above)
}

/** The file with the aliases and what it says of them, along relative `extends`; undefined when there are none. */
function aliasesOf(tsconfig: string, depth = 0): string | undefined {
  const text = existsSync(tsconfig) ? withoutComments(readFileSync(tsconfig, 'utf8')) : ''
  const paths = /"paths"\s*:\s*\{[^}]*\}/.exec(text)?.[0]
  const baseUrl = /"baseUrl"\s*:\s*"[^"]*"/.exec(text)?.[0]
  if (paths ?? baseUrl) return [tsconfig, paths, baseUrl].join('\n')
  const above = /"extends"\s*:\s*"(\.[^"]*)"/.exec(text)?.[1]
  if (above === undefined || depth > 8) return undefined
  const file = resolve(dirname(tsconfig), above)
  return aliasesOf(file.endsWith('.json') ? file : `${file}.json`, depth + 1)
}

/** Without comments, but with texts such as `"@lib/*"` as they are. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_match, quoted: string | undefined) => quoted ?? '',
  )
}
