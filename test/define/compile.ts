/** Compiles decorated TypeScript with the compilers that users have, so that tests can compare the resulting metadata. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The kind of decorators that the compiler emits. */
export type Mode = 'legacy' | 'standard'
export const MODES: readonly Mode[] = ['legacy', 'standard']

export type Module = Readonly<Record<string, unknown>>

/** Compiles with esbuild, as tsx does, and imports the result. */
export async function importByEsbuild(source: string, mode: Mode): Promise<Module> {
  const compilerOptions = { experimentalDecorators: mode === 'legacy' }
  const { code } = await transform(source, { loader: 'ts', target: 'es2022', tsconfigRaw: { compilerOptions } })
  return importCode(code)
}

/** Type-checks and compiles files of the project with TypeScript itself, and returns the code of each. */
export async function compileByTypeScript(
  files: readonly string[],
  mode: Mode,
  compilerOptions: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'escapement-tsc-'))
  try {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        rootDir: ROOT,
        outDir: directory,
        typeRoots: [join(ROOT, 'node_modules/@types')],
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        experimentalDecorators: mode === 'legacy',
        ...compilerOptions,
      },
      include: [],
      files: files.map((file) => join(ROOT, file)),
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
    await runTypeScript(directory)
    return await Promise.all(files.map((file) => readFile(join(directory, file.replace(/ts$/, 'js')), 'utf8')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function runTypeScript(directory: string): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', directory])
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout)
  }
}

/** Imports compiled code whose imports are relative to the folder of fixtures. */
export async function importCode(code: string): Promise<Module> {
  const directory = await mkdtemp(join(tmpdir(), 'escapement-code-'))
  try {
    const file = join(directory, `${basename(directory)}.mjs`)
    await writeFile(file, code.replaceAll('../../../src/', `${ROOT}src/`))
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
