/** What `build/bundle-thread.mjs` makes of the output of `tsc`, in a folder of its own inside the repository. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The output of `tsc`, as it is and bundled. */
let plain: string
let bundled: string

function node(...args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
}

beforeAll(() => {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.tmp/bundle-'))
  plain = join(folder, 'plain')
  bundled = join(folder, 'bundled')
  const compiled = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', plain)
  expect(compiled.stdout + compiled.stderr).toBe('')
  cpSync(plain, bundled, { recursive: true })
  const { status, stderr } = node('build/bundle-thread.mjs', bundled)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

afterAll(() => rmSync(dirname(plain), { recursive: true, force: true }))

type Exports = Readonly<Record<string, unknown>>

const load = async (folder: string, module: string): Promise<Exports> =>
  import(/* @vite-ignore */ pathToFileURL(join(folder, module)).href)

/** The files of ours, and whatever else is not part of Node, that are loaded with a module. */
function loadedWith(folder: string, entry: string): string[] {
  const found = new Set([entry])
  for (const module of found) {
    if (!module.endsWith('.js')) continue
    const code = readFileSync(join(folder, module), 'utf8')
    for (const [, specifier] of code.matchAll(/^(?:import|export|\})[^'"\n]*?(?:from )?['"]([^'"\n]+)['"];?$/gm)) {
      if (specifier!.startsWith('.')) found.add(relative(folder, resolve(folder, dirname(module), specifier!)))
      else if (!specifier!.startsWith('node:')) found.add(specifier!)
    }
  }
  return [...found]
}

const bundledModules = () =>
  readdirSync(bundled, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.js') &&
      /^export .* from '[./]*\/(src\/)?thread-bundle\.js'\n$/.test(readFileSync(join(bundled, file), 'utf8')),
  )

describe('the file that has everything a service thread loads', () => {
  it.each(['workers/host.js', 'src/index.js'])('is all that %s loads, of ours and of npm', (entry) => {
    expect(loadedWith(plain, entry).length).toBeGreaterThan(40)
    expect(loadedWith(plain, entry)).toContain('reflect-metadata')
    expect(loadedWith(bundled, entry)).toEqual([entry, 'src/thread-bundle.js'])
  })

  it('contains no part of OpenTelemetry, which belongs to the program that installs it', () => {
    const licenses = readFileSync(join(bundled, 'src/thread-bundle-licenses.txt'), 'utf8')
    expect(licenses).toContain('reflect-metadata')
    expect(licenses).not.toContain('@opentelemetry')
  })

  it('gives every module that is in it the exports that it has without it, with their names', async () => {
    const modules = bundledModules()
    expect(modules.length).toBeGreaterThan(40)
    const shapeOf = (exports: Exports) =>
      Object.entries(exports)
        .map(([name, value]) => [name, typeof value, typeof value === 'function' && value.name])
        .sort()
    for (const module of modules) {
      expect([module, shapeOf(await load(bundled, module))]).toEqual([module, shapeOf(await load(plain, module))])
    }
  })

  it('has one copy of a class for every entry point', async () => {
    const library = await load(bundled, 'src/index.js')
    const testing = await load(bundled, 'src/testing/index.js')
    const host = await load(bundled, 'src/host/container.js')
    expect(library.RpcError).toBe((await load(bundled, 'src/rpc/errors.js')).RpcError)
    expect(Object.getPrototypeOf(testing.EntrypointTimeoutError)).toBe(library.EscapementError)
    expect(host.Container).toBe((await load(bundled, 'src/thread-bundle.js')).Container)
  })

  it('has a source map that leads to the sources', () => {
    const file = join(bundled, 'src/thread-bundle.js')
    const lines = readFileSync(file, 'utf8').split('\n')
    const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
    const line = lines.findIndex((text) => text.startsWith('var DefinitionError = class'))
    const found = map.findEntry(line, lines[line]!.indexOf('class')) as { originalSource: string; originalLine: number }
    const source = resolve(dirname(file), found.originalSource)
    expect(relative(ROOT, source)).toBe('src/kernel/errors.ts')
    expect(readFileSync(source, 'utf8').split('\n')[found.originalLine]).toContain('class DefinitionError')
  })

  it('names the licenses of the npm packages in it', () => {
    const text = readFileSync(join(bundled, 'src/thread-bundle-licenses.txt'), 'utf8')
    expect(text).toMatch(/^pino \d+\.\d+\.\d+ \(MIT\)$/m)
    expect(text).toMatch(/^reflect-metadata \d+\.\d+\.\d+ \(Apache-2\.0\)$/m)
  })

  it('is the same when it is made in a folder below node_modules, as a package manager may do', () => {
    const below = join(dirname(plain), 'node_modules/escapement')
    cpSync(plain, below, { recursive: true })
    const { status, stderr } = node('build/bundle-thread.mjs', below)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const textIn = (folder: string) =>
      readFileSync(join(folder, 'src/thread-bundle.js'), 'utf8').replace(/^\/\/ .*$/gm, '')
    expect(textIn(below)).toBe(textIn(bundled))
  })

  it('is not made of what has been bundled already', () => {
    const { status, stderr } = node('build/bundle-thread.mjs', bundled)
    expect(status).not.toBe(0)
    expect(stderr).toContain('exists: build into an empty folder')
  })
})
