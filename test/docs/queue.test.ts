/** Reads the services of docs/queue.md with the command line, runs its fenced effect, and compares its settings with the schema. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'
import { splitConfig } from '../../src/config/settings.js'
import { queueSettings } from '../../src/config/settings-queue.js'
import { Page } from './code-blocks.js'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const page = new Page('queue.md')
afterAll(() => page.remove())
const markdown = readFileSync(new URL('../../docs/queue.md', import.meta.url), 'utf8')

it('the services of docs/queue.md are read without a problem, and their timers have scope queue', async () => {
  expect([page.files, page.nameless]).toEqual([['thumbnails.ts', 'ledger.ts'], 0])
  const paths = page.files.map((file) => page.path(file))
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'list', ...paths, '--json'])
  expect(stdout).toMatch(/thumbnails\.render/)
  expect(stdout).toMatch(/ledger\.closeMinute/)
  expect(stdout.match(/queue/g)?.length).toBeGreaterThanOrEqual(2)
}, 60_000)

it('the storage in docs/queue.md refuses what a frozen instance writes after a later one', async () => {
  const { Ledger } = await import(page.path('ledger.ts'))
  const ledger = new Ledger()
  const lines: object[] = []
  const log = { info: (fields: object) => lines.push(fields) }
  const close = (due: number, delivery: number) =>
    ledger.closeMinute({ dueAt: new Date(due / 1_000), fence: BigInt(due) * 1_024n + BigInt(delivery), log })
  close(60_000_000, 1)
  close(60_000_000, 2)
  close(60_000_000, 1)
  close(120_000_000, 1)
  close(60_000_000, 3)
  expect(lines).toEqual([true, true, false, true, false].map((isWritten) => ({ isWritten })))
})

it('the configuration in docs/queue.md is what the settings take', () => {
  const [block = ''] = [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1])
  const config = parseConfig(block, 'queue.md', { REDIS_URL: 'redis://host' })
  const settings = queueSettings(splitConfig(config as Record<string, unknown>).settings)
  expect(settings).toMatchObject({ url: 'redis://host', lock: 15_000_000, retain: 3_600_000_000 })
})
