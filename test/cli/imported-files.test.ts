import { describe, expect, it } from 'vitest'
import { type FileReader, importedFiles } from '../../src/cli/watch/imported-files.js'

function inMemory(files: Readonly<Record<string, string>>): FileReader {
  return { isFile: (path) => path in files, read: (path) => files[path] }
}

const found = (files: Readonly<Record<string, string>>, ...entries: string[]) => importedFiles(entries, inMemory(files))

describe('the files that a module imports', () => {
  it.each([
    ['import', "import { a } from './lib.js'"],
    ['import for its effect', "import './lib.js'"],
    ['re-export', "export * from './lib.js'"],
    ['dynamic import', "await import('./lib.js')"],
    ['require', 'const a = require("./lib.js")'],
    ['import over several lines', "import {\n  a,\n} from './lib.js'"],
  ])('the files that a module imports are found by %s', (_how, text) => {
    expect(found({ '/a/main.js': text, '/a/lib.js': '' }, '/a/main.js')).toEqual(['/a/main.js', '/a/lib.js'])
  })

  it.each([
    ['./lib.js', '/a/lib.ts'],
    ['./lib.mjs', '/a/lib.mts'],
    ['./lib', '/a/lib.ts'],
    ['./lib', '/a/lib/index.ts'],
    ['../data.json', '/data.json'],
  ])('an import of %s means %s', (specifier, file) => {
    expect(found({ '/a/main.ts': `import '${specifier}'`, [file]: '' }, '/a/main.ts')).toEqual(['/a/main.ts', file])
  })

  it('the files that a module imports are followed further, and in circles once', () => {
    const files = { '/a.js': "import './b.js'", '/b.js': "import './c.js'", '/c.js': "import './a.js'" }
    expect(found(files, '/a.js')).toEqual(['/a.js', '/b.js', '/c.js'])
  })

  it('packages, missing files and the contents of other files are not followed', () => {
    const files = {
      '/a.js': "import 'pkg'; import './gone.js'; import '/b.js'",
      '/b.js': '',
      '/conf.yaml': "x: import './b.js'",
    }
    expect(found(files, '/a.js', '/conf.yaml')).toEqual(['/a.js', '/conf.yaml'])
  })
})
