/**
 * Imports a user's module on the thread it is called on; TypeScript by tsx, which is registered on first need.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPESCRIPT = /\.[cm]?tsx?$/

let isTsxRegistered = false

async function registerTsx(file: string): Promise<void> {
  if (isTsxRegistered) return
  isTsxRegistered = true
  // tsx looks in the working directory; the one next to the module, or above it, is what the module was written for.
  const tsconfig = nearest('tsconfig.json', dirname(file))
  if (tsconfig) process.env.TSX_TSCONFIG_PATH ??= tsconfig
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
  esm.register()
  // In a package without `"type": "module"` a .ts file is CommonJS, which has a loader of its own.
  cjs.register()
}

/** What the module exports, with CommonJS and ES modules looking alike. */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  const file = fileURLToPath(url)
  if (TYPESCRIPT.test(file)) await registerTsx(file)
  const module: Record<string, unknown> = await import(url)
  const { default: whole } = module
  const isCommonJs = 'module.exports' in module || (isObject(whole) && '__esModule' in whole)
  return isCommonJs && isObject(whole) ? { ...whole, ...module } : module
}

/** The file of that name in a folder or the nearest one above it. */
function nearest(name: string, folder: string): string | undefined {
  const candidate = join(folder, name)
  if (existsSync(candidate)) return candidate
  const above = dirname(folder)
  return above === folder ? undefined : nearest(name, above)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
