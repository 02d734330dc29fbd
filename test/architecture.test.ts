/** The folders of section "Layout" in docs/architecture.md, their import rules, and what only one file may do. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Folder -> the folders (or single files) it may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/kernel': [],
  'src/define': ['src/kernel'],
  'src/schedule': ['src/kernel'],
  'src/dispatch': ['src/kernel'],
  'src/pool': ['src/kernel', 'src/dispatch/executor'],
  'src/coordinate': ['src/kernel'],
  'src/supervise': ['src/kernel', 'src/define', 'src/schedule', 'src/dispatch', 'src/pool', 'src/coordinate'],
  // Providers inject providers.
  'src/depend': ['src/kernel', 'src/define/inject', 'src/define/decorator-types', 'src/coordinate/rendezvous'],
  'src/observe': ['src/kernel'],
  'src/http': ['src/kernel', 'src/observe'],
  'src/cli': ['src/kernel', 'src/supervise', 'src/http', 'src/observe', 'src/supervisor'],
  // What runs on threads, without the threads.
  'src/testing': [
    'src/kernel',
    'src/schedule',
    'src/dispatch',
    'src/pool',
    'src/coordinate',
    'src/supervise',
    'src/define',
    'src/depend',
    'workers',
  ],
  // The front doors: the library's composition of engine and observers, and the list of what is public.
  src: ['src/'],
  workers: [
    'src/kernel',
    'src/define',
    'src/depend',
    'src/coordinate/lease-block',
    'src/coordinate/lease-view',
    'src/pool/protocol',
    'src/pool/link-protocol',
    'src/pool/rpc-client',
    'src/pool/thread-block',
    'src/observe/pretty-stream',
  ],
}

/** What only these files may use. */
const OWNERS: Record<string, { readonly pattern: RegExp; readonly files: readonly string[] }> = {
  'timers and clocks': {
    pattern: /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now|process\.hrtime)\b/,
    files: [
      'src/kernel/clock.ts',
      'workers/gate.ts',
      'src/cli/run.ts',
      'src/testing/virtual-clock.ts',
      // Gives real time to runs that wait for something real.
      'src/testing/harness-stage.ts',
      // Gives the thread free between two metrics of a scrape.
      'src/observe/exported-metric.ts',
    ],
  },
  Piscina: { pattern: /from 'piscina'/, files: ['src/pool/thread.ts'] },
  'reflect-metadata': { pattern: /\bReflect\.\w*Metadata\b|'reflect-metadata'/, files: ['src/define/metadata.ts'] },
  croner: { pattern: /from 'croner'/, files: ['src/kernel/cron-expression.ts'] },
}

const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
)

const codeOf = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')

type Edge = readonly [from: string, to: string]

const edges: Edge[] = files.flatMap((file) =>
  [...codeOf(file).matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(
    (match): Edge => [
      file.replace(/\.ts$/, ''),
      relative(ROOT, join(ROOT, dirname(file), match[1]!)).replace(/\.js$/, ''),
    ],
  ),
)

function violations(edges: readonly Edge[]): string[] {
  return edges
    .filter(([from, to]) => {
      const folder = dirname(from)
      const allowed = MAY_IMPORT[folder]
      return (
        dirname(to) !== folder &&
        !allowed?.some((prefix) => to === prefix || to.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))
      )
    })
    .map(([from, to]) => `${from} imports ${to}`)
}

/** Drops files that import nothing that is left; what remains is on a cycle or leads to one. */
function cyclic(edges: readonly Edge[]): string[] {
  let left = edges
  for (let before = -1; before !== left.length; ) {
    before = left.length
    const importers = new Set(left.map(([from]) => from))
    left = left.filter(([, to]) => importers.has(to))
  }
  return [...new Set(left.map(([from]) => from))]
}

describe('the layout', () => {
  it('has only folders with an import rule', () => {
    expect([...new Set(files.map((file) => dirname(file)))].filter((folder) => !(folder in MAY_IMPORT))).toEqual([])
    expect(edges.length).toBeGreaterThan(100)
  })

  it('keeps the import rules', () => {
    expect(violations(edges)).toEqual([])
  })

  it('has no import cycles', () => {
    expect(cyclic(edges)).toEqual([])
  })

  it.each(Object.entries(OWNERS))('leaves %s to their owners', (_, { pattern, files: owners }) => {
    expect(files.filter((file) => pattern.test(codeOf(file)) && !owners.includes(file))).toEqual([])
  })

  it('would notice a forbidden import, and a cycle', () => {
    expect(violations([['src/kernel/time', 'src/pool/seat']])).toEqual(['src/kernel/time imports src/pool/seat'])
    expect(
      cyclic([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
        ['b', 'd'],
      ]),
    ).toEqual(['a', 'b', 'c'])
  })

  it('has small files: half of them under 100 lines of code, none over 350', () => {
    const lengths = files
      .map(
        (file) =>
          codeOf(file)
            .split('\n')
            .filter((line) => line.trim()).length,
      )
      .sort((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(100)
    expect(lengths.at(-1)).toBeLessThan(350)
  })
})
