/** Runs the code of docs/testing.md, with Node's own test runner. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { Page } from './code-blocks.js'

const page = new Page('testing.md')
afterAll(() => page.remove())

const tests = page.files.filter((file) => file.endsWith('.test.ts'))

describe('docs/testing.md', () => {
  it('every code block of docs/testing.md is run by a test', () => {
    expect(page.nameless).toBe(0)
    expect(page.files.filter((file) => !tests.includes(file))).toEqual(['reports.ts', 'mail-only.ts'])
  })

  it.each(tests)('the test file %s of docs/testing.md passes', async (file) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--test', '--test-reporter', 'tap', page.path(file)],
      { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
    ).catch((error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }))
    expect(stdout).toMatch(/^# fail 0$/m)
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(1)
  })
})
