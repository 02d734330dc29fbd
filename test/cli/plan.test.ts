/** `escapement plan`. What comes due is tested with schedule/plan; here are the command line and the text. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cli } from '../support/cli.js'

const PLANNED = fileURLToPath(new URL('../fixtures/services/planned.mjs', import.meta.url))

async function planned(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli('plan', PLANNED, ...args).exited
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

describe('escapement plan', () => {
  it('shows each tick at the local time of its timer, and says what changed clocks do to it', async () => {
    const text = await planned('--from', '2026-03-28T12:00:00Z', '--for', '24h', '--entrypoint', 'planned.nightly')
    expect(text).toContain('From 2026-03-28T12:00:00.000Z for 1d')
    expect(text).toMatch(
      /2026-03-29 03:00:00 \+02:00 {2}planned\.nightly {2}02:30 does not exist on this day .*: due at 03:00 instead/,
    )
    const autumn = await planned('--from', '2026-10-24T12:00:00Z', '--entrypoint', 'planned.nightly')
    expect(autumn).toMatch(/2026-10-25 02:30:00 \+02:00 .*comes twice on this day .*: due the first time only/)
  })

  it('names the ticks that come due together on one thread, and what to do', async () => {
    const text = await planned('--from', '2026-01-01T00:00:00Z', '--for', '10m')
    expect(text).toMatch(/Ticks that come due together on one thread/)
    expect(text).toMatch(
      /planned: planned\.first, planned\.second\n.*set spread: true on planned\.first, planned\.second/,
    )
  })

  it('prints JSON in the form of GET /api/plan', async () => {
    const plan = JSON.parse(await planned('--json', '--from', '2026-01-01T00:00:00Z', '--for', '5m'))
    const from = Date.parse('2026-01-01T00:00:00Z')
    expect(plan).toMatchObject({ from, to: from + 300_000, truncated: false })
    expect(plan.ticks).toContainEqual({ entrypoint: 'planned.first', dueAt: from + 300_000 - 60_000 * 4 })
    expect(plan.herds[0]).toMatchObject({ ticks: 2, thread: 'planned' })
  })

  it.each([
    [['--for', 'soon'], /--for "soon": expected a duration such as 24h or 7d/],
    [['--from', 'soon'], /--from "soon": expected a moment such as 2026-/],
    [['--entrypoint', 'planned.nighty'], /no timer of that name, did you mean "planned\.nightly"\?/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await cli('plan', PLANNED, ...args).exited
    expect(code).toBe(64)
    expect(stderr).toMatch(message)
  })
})
