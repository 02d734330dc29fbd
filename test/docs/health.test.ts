import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { HEALTH_PROBLEM_KINDS } from '../../src/kernel/health.js'

const PAGE = readFileSync(join(fileURLToPath(new URL('../..', import.meta.url)), 'docs/http-api.md'), 'utf8')

it('docs/http-api.md has each kind of a problem of the health once, in the order of the list, and no other', () => {
  const [, table = ''] = /\| kind \| what is wrong .*\n\|---.*\n((?:\|.*\n)+)/.exec(PAGE) ?? []
  expect([...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, kind]) => kind)).toEqual(HEALTH_PROBLEM_KINDS)
})
