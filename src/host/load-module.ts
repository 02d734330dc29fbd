/**
 * Imports a user's module on the current thread. TypeScript needs tsx, which is registered on first use.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearestFile, refuseOtherAliases } from './path-aliases.js'

const TYPESCRIPT = /\.[cm]?tsx?$/

type Tsx =
  | { readonly state: 'unused' }
  /** Undefined: there is no tsconfig.json. */
  | { readonly state: 'registered'; readonly tsconfig: string | undefined }
  /** The user chose the tsconfig.json of every module. */
  | { readonly state: 'chosen' }

let tsx: Tsx = { state: 'unused' }

async function registerTsx(file: string): Promise<void> {
  if (tsx.state === 'registered') refuseOtherAliases(file, tsx.tsconfig)
  if (tsx.state !== 'unused') return
  if (process.env.TSX_TSCONFIG_PATH) tsx = { state: 'chosen' }
  else {
    // tsx would read the tsconfig.json of the working directory; the module's own is next to it or in a folder above.
    const tsconfig = nearestFile('tsconfig.json', dirname(file))
    tsx = { state: 'registered', tsconfig }
    if (tsconfig) process.env.TSX_TSCONFIG_PATH = tsconfig
  }
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
