/**
 * Imports a user's module on the thread it is called on; TypeScript by tsx, which is registered on first need.
 */
import { fileURLToPath } from 'node:url'

const TYPESCRIPT = /\.[cm]?tsx?$/

let isTsxRegistered = false

async function registerTsx(): Promise<void> {
  if (isTsxRegistered) return
  isTsxRegistered = true
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
  esm.register()
  // In a package without `"type": "module"` a .ts file is CommonJS, which has a loader of its own.
  cjs.register()
}

/** What the module exports, with CommonJS and ES modules looking alike. */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  if (TYPESCRIPT.test(fileURLToPath(url))) await registerTsx()
  const module: Record<string, unknown> = await import(url)
  const { default: whole } = module
  const isCommonJs = 'module.exports' in module || (isObject(whole) && '__esModule' in whole)
  return isCommonJs && isObject(whole) ? { ...whole, ...module } : module
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
