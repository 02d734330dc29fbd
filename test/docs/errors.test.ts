import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Error codes of Node that the source compares with. */
const CODES_OF_NODE = [
  'ERR_HTTP_REQUEST_TIMEOUT',
  'ERR_MODULE_NOT_FOUND',
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
]

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The codes that a source text raises: those in quotes and outside comments. */
const raisedIn = (source: string) => [...source.matchAll(/'(ERR_[A-Z_]*[A-Z])'/g)].map(([, code]) => code!)

/** The codes in the tables of the page, each in the first cell of its row. */
const documentedIn = (page: string) => [...page.matchAll(/^\| `(ERR_[A-Z_]+)` \|/gm)].map(([, code]) => code!)

const raised = ['src', 'workers']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => raisedIn(read(file)))
  .filter((code) => !CODES_OF_NODE.includes(code))

const documented = documentedIn(read('docs/errors.md'))

it('docs/errors.md has each error code of the source once, and no other', () => {
  expect([...documented].sort()).toEqual([...new Set(raised)].sort())
})

it('docs/errors.md says for each code when it is raised and what to do', () => {
  const rows = read('docs/errors.md').match(/^\| `ERR_.*$/gm)!
  for (const row of rows) expect(row).toMatch(/^\| `ERR_[A-Z_]+` \| [^|]{10,}\. \| [^|]{8,} \|$/)
})

it('the patterns of this test find error codes in source text and in a page', () => {
  expect(raisedIn("throw new X('ERR_A_B', `ERR_NOT`) // ERR_COMMENT\nconst PREFIX = 'ERR_RPC_'")).toEqual(['ERR_A_B'])
  expect(documentedIn('| `ERR_A_B` | when | do |\nsee `ERR_OTHER`')).toEqual(['ERR_A_B'])
})
