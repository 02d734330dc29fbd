/**
 * Imports a user's module on the current thread. TypeScript needs tsx, which is registered on first use.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPESCRIPT = /\.[cm]?tsx?$/

let isTsxRegistered = false

async function registerTsx(file: string): Promise<void> {
  if (isTsxRegistered) return
  isTsxRegistered = true
  // tsx would read the tsconfig.json of the working directory; the module's own is next to it or in a folder above.
  const tsconfig = nearest('tsconfig.json', dirname(file))
  if (tsconfig) process.env.TSX_TSCONFIG_PATH ??= tsconfig
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
  esm.register()
  // In a package without `"type": "module"` a .ts file is CommonJS, for which tsx has another loader.
  cjs.register()
}

/** Returns the exports of a module, in the same form for CommonJS and ES modules. */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  const file = fileURLToPath(url)
  if (TYPESCRIPT.test(file)) await registerTsx(file)
  const module: Record<string, unknown> = await import(url)
  const { default: whole } = module
  const isCommonJs = 'module.exports' in module || (isObject(whole) && '__esModule' in whole)
  return isCommonJs && isObject(whole) ? { ...whole, ...module } : module
}

/** Finds the file in this folder, or in the nearest folder above that has it. */
function nearest(name: string, folder: string): string | undefined {
  const candidate = join(folder, name)
  if (existsSync(candidate)) return candidate
  const above = dirname(folder)
  return above === folder ? undefined : nearest(name, above)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
