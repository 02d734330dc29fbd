/**
 * Finds the files that modules import, by reading their text: nothing of the user's runs for it.
 *
 * Only paths that begin with a dot are followed. A path alias of a tsconfig.json, a package, and a path that is computed are not.
 */
import { dirname, resolve } from 'node:path'

export interface FileReader {
  isFile(path: string): boolean
  /** Undefined when it cannot be read. */
  read(path: string): string | undefined
}

const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/** The given files and what they import, directly or not, as absolute paths. */
export function importedFiles(files: readonly string[], reader: FileReader): string[] {
  const found = new Set(files.map((file) => resolve(file)))
  for (const file of found) {
    const text = isCode(file) ? (reader.read(file) ?? '') : ''
    for (const [, , specifier] of text.matchAll(SPECIFIER)) {
      const imported = candidates(resolve(dirname(file), specifier!)).find((path) => reader.isFile(path))
      if (imported !== undefined) found.add(imported)
    }
  }
  return [...found]
}

function isCode(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file)
}

/** The files that an import of a path may mean: TypeScript is imported under the name that it compiles to, or without an ending. */
function candidates(path: string): string[] {
  const typescript = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
  const endings = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js']
  return [path, typescript, ...endings.map((ending) => `${path}${ending}`)]
}
