/**
 * Finds the names that the declarations of a package use without exporting them. It reads declaration files as the TypeScript
 * compiler prints them: every top-level statement begins in the first column, and there are no `import *`.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Declarations {
  /** The text of each top-level declaration of a file, by its name; several for overloads and for a type with a value. */
  readonly texts: ReadonlyMap<string, string>
  /** For each name that the file imports, or re-exports from another file: its origin. */
  readonly imports: ReadonlyMap<string, Origin>
  /** The exports of the file, by the exported name. */
  readonly exports: ReadonlyMap<string, Origin>
}

interface Origin {
  readonly file: string
  readonly name: string
}

/** `name (file) is used by user (file)` for each name that no entry file exports. Throws for an `export *`. */
export function unexportedNames(entries: readonly string[], read = readText): string[] {
  const files = new Map<string, Declarations>()
  const load = (file: string): Declarations => {
    const known = files.get(file) ?? declarationsOf(file, read(file))
    files.set(file, known)
    return known
  }
  const resolve = ({ file, name }: Origin): Origin => {
    const { texts, imports, exports } = load(file)
    const further = exports.get(name) ?? imports.get(name)
    if (texts.has(name) || !further || (further.file === file && further.name === name)) return { file, name }
    return resolve(further)
  }
  const publicOrigins = entries.flatMap((entry) => [...load(entry).exports.values()].map(resolve))
  const isPublic = new Set(publicOrigins.map(keyOf))
  const problems = publicOrigins.flatMap((origin) => {
    const { texts, imports } = load(origin.file)
    // A value behind `typeof`, and a symbol as a key, need no name in the user's code.
    const text = (texts.get(origin.name) ?? '').replaceAll(/\btypeof [\w$.]+|\[[\w$]+\]\??:/g, '')
    const candidates = [...imports.keys(), ...texts.keys()].filter((name) => name !== origin.name)
    return candidates
      .filter((name) => new RegExp(`(?<![\\w$."'])${name}(?![\\w$"'])(?!\\??:)`).test(text))
      .map((name) => resolve(imports.get(name) ?? { file: origin.file, name }))
      .filter((used) => !isPublic.has(keyOf(used)))
      .map((used) => `${used.name} (${used.file}) is used by ${origin.name}`)
  })
  return [...new Set(problems)].sort()
}

const keyOf = ({ file, name }: Origin) => `${file}#${name}`

const readText = (file: string) => readFileSync(file, 'utf8')

const DECLARED = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type|function|const|let|enum) ([\w$]+)/

function declarationsOf(file: string, source: string): Declarations {
  const [texts, imports, exports] = [new Map<string, string>(), new Map<string, Origin>(), new Map<string, Origin>()]
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  for (const statement of code.split(/\n(?=(?:import|export|declare|type|interface|class|function|const)\b)/)) {
    const text = statement.trim()
    if (/^export \*/.test(text)) throw new Error(`${file}: export * hides what is exported`)
    const [, keyword, list, from] =
      /^(import|export)(?: type)? (?:[\w$]+, )?\{([^}]*)\}(?: from ['"]([^'"]+)['"])?/.exec(text) ?? []
    if (keyword !== undefined) {
      if (from !== undefined && !from.startsWith('.')) continue
      const target = from === undefined ? file : join(dirname(file), from.replace(/\.js$/, '.d.ts'))
      for (const item of list!
        .split(',')
        .map((item) => item.trim().replace(/^type /, ''))
        .filter(Boolean)) {
        const [name = '', alias = name] = item.split(' as ')
        if (keyword === 'import') imports.set(alias, { file: target, name })
        else exports.set(alias, { file: target, name })
      }
      continue
    }
    const name = DECLARED.exec(text)?.[1]
    if (name === undefined) continue
    texts.set(name, `${texts.get(name) ?? ''}\n${text}`)
    if (text.startsWith('export ')) exports.set(name, { file, name })
  }
  return { texts, imports, exports }
}
