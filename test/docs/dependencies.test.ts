/** Runs the code of docs/dependencies.md. */
import { afterAll, describe, expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'
import { Page } from './code-blocks.js'

const page = new Page('dependencies.md')
afterAll(() => page.remove())

/** Each code block, and the lines that it must log. */
const LINES: Record<string, readonly string[]> = {
  'greeter.ts': ['hello Ada'],
  'greeter.mjs': ['hello Ada'],
  'orders.ts': [],
  'visits.ts': ['visited'],
  'payments.ts': [],
  'users.ts': ['dear Ada, with us since 1970'],
  'mail.ts': ['connected to localhost', 'publish completed, 1 sent'],
}

describe('docs/dependencies.md', () => {
  it('every code block of docs/dependencies.md is run by a test', () => {
    expect(page.nameless).toBe(0)
    expect(page.files).toEqual(Object.keys(LINES))
  })

  it.each(page.files)('the code block %s of docs/dependencies.md logs the lines that the page shows', async (file) => {
    const { log, supervisor, stop } = await supervise([page.path(file)], { config: { NAME: 'Ada' } })
    for (const msg of LINES[file]!) await log.nth(1, { msg })
    const [timer] = supervisor.snapshot().timers
    await new Promise<void>((resolve) => {
      supervisor.on('run.ended', () => (supervisor.snapshot().timers[0]!.ledger.runs.completed >= 3 ? resolve() : {}))
    })
    if (file === 'orders.ts') {
      const text = await supervisor.registry.metrics()
      expect(Number(/^orders_total\{kind="book"\} (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(3)
      expect(text).toMatch(/^order_euros_bucket\{le="100"\} \d+$/m)
    }
    expect(timer!.ledger.runs.failed).toBe(0)
    await stop()
    if (file === 'mail.ts') expect(log.matching({ msg: 'disconnected' })).toHaveLength(1)
  })
})
