/** Configuration modules are read on threads, and threads run compiled code: so does this test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readConfigFile } from '../../dist/src/config/config-file.js'
import { readConfigModule } from '../../dist/src/config/config-module.js'
import { askConfigModule } from '../../dist/src/supervise/ask-config-module.js'

/** Inside of the repository, where a .ts file is an ES module. */
const HERE = fileURLToPath(new URL('.', import.meta.url))

async function inFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(HERE, '.config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('a configuration module', () => {
  it.each([
    ['config.mjs', 'export default { a: 1 + 1 }'],
    ['config.js', 'export default { a: 2 }'],
    ['config.cjs', 'module.exports = { a: 2 }'],
    ['config.cjs', 'module.exports = () => ({ a: 2 })'],
    ['compiled.cjs', 'exports.__esModule = true; exports.default = { a: 2 }'],
    ['config.ts', 'export default { a: 2 as number } satisfies object'],
    ['config.mts', 'const value: number = 2; export default { a: value }'],
    ['config.cts', 'const config: object = { a: 2 }; export = config'],
    ['config.mjs', 'export default function config() { return { a: 2 } }'],
    ['config.ts', 'export default async (): Promise<object> => ({ a: await Promise.resolve(2) })'],
    ['config.mjs', 'const a = await Promise.resolve(2); export default { a }'],
  ])('a configuration module may be %s with %s', async (name, text) => {
    expect(await readConfigFile(await inFile(name, text), {}, askConfigModule)).toEqual({ a: 2 })
  })

  it('a configuration module sees the environment, and is not looked through for placeholders', async () => {
    process.env.ESCAPEMENT_TEST_SIZE = '7'
    onTestFinished(() => {
      delete process.env.ESCAPEMENT_TEST_SIZE
    })
    const file = await inFile(
      'config.ts',
      'export default { a: Number(process.env.ESCAPEMENT_TEST_SIZE), b: "${X:1}" }',
    )
    expect(await readConfigFile(file, {}, askConfigModule)).toEqual({ a: 7, b: '${X:1}' })
  })

  it('a configuration module runs on another thread', async () => {
    const file = await inFile('config.mjs', 'globalThis.wasHere = true; export default { a: globalThis.wasHere }')
    expect(await readConfigFile(file, {}, askConfigModule)).toEqual({ a: true })
    expect('wasHere' in globalThis).toBe(false)
  })

  it('a configuration module may hold whatever can be copied', async () => {
    const file = await inFile('config.mjs', 'export default { when: new Date(0), map: new Map([[1, 2n]]), re: /x/ }')
    expect(await readConfigFile(file, {}, askConfigModule)).toEqual({
      when: new Date(0),
      map: new Map([[1, 2n]]),
      re: /x/,
    })
  })

  it.each([
    ['throws', 'let a = 1\nthrow new TypeError("no\\n luck")', /it cannot be read: TypeError: no luck \(line 2\)$/],
    ['throws no error', 'throw "up"', /it cannot be read: it threw "up"$/],
    [
      'throws when called',
      'export default () => {\n\n  throw new Error("no") }',
      /it cannot be read: Error: no \(line 3\)$/,
    ],
    ['rejects when called', 'export default async () => { throw new Error("no") }', /it cannot be read: Error: no/],
    [
      'imports what is not there',
      'import "./nothing.js"',
      /it cannot be read: Error: Cannot find module .*nothing\.js/,
    ],
    ['is no JavaScript', 'export default {', /it cannot be read: TransformError: .*config\.ts:1:\d+: ERROR: /],
    ['exports nothing', 'export const a = 1', /it has no default export: export default \{ \.\.\. \}$/],
    ['exports a list', 'export default [1]', /expected the module to give an object of keys and values, got \[1\]$/],
    ['exports null', 'export default null', /expected the module to give an object .*, got null$/],
    ['returns text', 'export default () => "x"', /expected the function of its default export to give an .*, got "x"$/],
    [
      'returns nothing',
      'export default () => {}',
      /expected the function of its default export to give .*, got undefined$/,
    ],
    ['holds a function', 'export default { database: { onError() {} } }', /: database\.onError is a function, and a/],
    ['holds a function in a list', 'export default { a: [{ b: () => 1 }] }', /: a\.0\.b is a function, and a/],
    ['holds a symbol in a map', 'export default { a: new Map([["k", Symbol("s")]]) }', /: a\.k is a symbol, and a/],
    ['holds a promise', 'export default { a: 1, b: Promise.resolve() }', /: b is a Promise, and a/],
    ['exits', 'process.exit(3)', /reading it ended the thread \(exit code 3; does it call process\.exit\(\)\?\)$/],
  ])(
    'a configuration module that %s is refused with its name and a reason in one line',
    async (_what, text, reason) => {
      const file = await inFile('config.ts', text)
      const failure = await readConfigFile(file, {}, askConfigModule).catch((error: Error) => error)
      expect(failure).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(reason) })
      expect((failure as Error).message).toMatch(/^\S+config\.ts: .*$/)
    },
  )

  it.each([
    ['loops', 'while (true);'],
    ['waits for nothing', 'await new Promise(() => {})'],
    ['waits for nothing when called', 'export default () => new Promise(() => {})'],
  ])('a configuration module that %s is given up', async (_what, text) => {
    const reading = readConfigModule(await inFile('config.mjs', text), (file) => askConfigModule(file, 1_000_000))
    await expect(reading).rejects.toThrow(
      /config\.mjs: it was not read after 1s; is there an await or a loop that never/,
    )
  })

  it('a configuration module that is not there is named', async () => {
    await expect(readConfigFile('/nowhere/config.ts', {}, askConfigModule)).rejects.toThrow(
      'cannot read the configuration file /nowhere/config.ts: there is no such file',
    )
  })
})
