/** Checks the declarations in dist/: each type in a public signature is exported, so that users can name it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { unexportedNames } from './public-names.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ENTRIES = ['dist/src/index.d.ts', 'dist/src/testing/index.d.ts'].map((file) => join(ROOT, file))

/** Names that public declarations use and that stay internal, each with the reason. */
const INTERNAL: Readonly<Record<string, readonly string[]>> = {
  'Links of the shipped providers to their thread': ['HostPort', 'MembersPort', 'MetricContext'],
  'Marks that only this package reads': ['PROVIDER'],
  'Base types whose members the editor shows on the public type': ['Labelled', 'Series'],
  'Steps of a computed type': ['Method', 'MethodNames', 'Provided', 'RemoteMember'],
  'Exported by another declaration under the same name': ['Lease'],
  'A member that is marked @internal': ['Events'],
}

describe('the public declarations', () => {
  it('the public declarations use only exported names, except listed internal ones', () => {
    const problems = unexportedNames(ENTRIES)
    const internal = Object.values(INTERNAL).flat()
    const nameOf = (problem: string) => problem.split(' ')[0]!
    expect(problems.filter((problem) => !internal.includes(nameOf(problem)))).toEqual([])
    expect(internal.filter((name) => !problems.some((problem) => nameOf(problem) === name))).toEqual([])
  })
})

describe('the search for names that are not exported', () => {
  const search = (files: Record<string, string>) => unexportedNames(['index.d.ts'], (file) => files[file]!)

  it('the search for unexported names finds a type of another file, a local type and an aliased type', () => {
    const files = {
      'index.d.ts': "export { type Shown, shown } from './shown.js';",
      'shown.d.ts': `import { type Far as Near } from './far.js';
type Local = string;
/** Speaks of Unused. */
type Unused = string;
export interface Shown extends Near {
    readonly local?: Local;
}
export declare function shown(given: import('node:fs').Stats): Shown;`,
      'far.d.ts': 'export interface Far {\n}',
    }
    expect(search(files)).toEqual(['Far (far.d.ts) is used by Shown', 'Local (shown.d.ts) is used by Shown'])
  })

  it('the search for unexported names finds none when all types are exported, and ignores values after typeof', () => {
    const files = {
      'index.d.ts':
        "export type { Kind } from './kind.js';\nexport { type Thing, Kind as OtherKind } from './kind.js';",
      'kind.d.ts': `declare const KINDS: readonly ["a"];
export type Kind = (typeof KINDS)[number];
export interface Thing {
    Kind: Kind;
}`,
    }
    expect(search(files)).toEqual([])
  })
})
