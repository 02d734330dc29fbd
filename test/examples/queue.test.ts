/** `npm run example:queue`: what it prints of a scheduler and its workers is what a queue must do. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Cli } from '../support/cli.js'
import { findServer } from '../support/servers/find-server.js'

const PROGRAM = fileURLToPath(new URL('../../examples/queue/main.mjs', import.meta.url))
const redis = await findServer('redis-server')

/** The numbers of the tickets in the lines that match, and who the line is about. */
function tickets(text: string, line: RegExp): { readonly who: string; readonly ticket: number }[] {
  return [...text.matchAll(line)].map(([, who = '', ticket]) => ({ who, ticket: Number(ticket) }))
}

const numbersOf = (all: readonly { readonly ticket: number }[]) => all.map(({ ticket }) => ticket).sort((a, b) => a - b)

describe('the example of the queue', () => {
  it.skipIf(!redis)(
    'three workers complete each ticket of the scheduler once, and one of them takes over the ticket of a killed worker',
    async () => {
      const args = ['--for', '6', '--every', '400ms', '--rounds', '8']
      const { code, stdout, stderr } = await new Cli(args, { program: PROGRAM }).exited
      expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' })

      const handedOver = tickets(stdout, /^.* s {2}(scheduler) +hands over ticket (\d+)$/gm)
      const begun = tickets(stdout, /^.* s {2}(worker \d) +begins ticket (\d+)/gm)
      const completed = tickets(stdout, /^.* s {2}(worker \d) +completes ticket (\d+): [0-9a-f]{12}$/gm)
      const [killed] = tickets(stdout, /^.* s {2}(worker \d) +is killed in the middle of ticket (\d+)$/gm)
      expect(handedOver.length).toBeGreaterThanOrEqual(5)
      expect(numbersOf(completed)).toEqual(numbersOf(handedOver))

      // The ticket of the killed worker is the only one that was begun twice, and another worker completed it.
      expect(numbersOf(begun)).toEqual([...numbersOf(handedOver), killed!.ticket].sort((a, b) => a - b))
      const [first, second] = begun.filter(({ ticket }) => ticket === killed!.ticket)
      expect(first).toEqual(killed)
      expect(completed).toContainEqual(second)
      expect(second!.who).not.toBe(killed!.who)

      const redelivered = `ticket ${killed!.ticket} was handed out to ${killed!.who}, and .* s later to ${second!.who}`
      expect(stdout).toMatch(new RegExp(`^ {2}${redelivered}$`, 'm'))
      expect(stdout).toContain(`each of the ${handedOver.length} tickets was completed once`)
    },
    120_000,
  )

  it('the example of the queue says what to do when there is no redis-server', async () => {
    const { code, stderr } = await new Cli([], { program: PROGRAM, env: { PATH: '', QUEUE_URL: '' } }).exited
    expect(code).toBe(69)
    expect(stderr).toContain('redis-server was not found. Install it (Debian: apt-get install redis-server), or name')
    expect(stderr).toContain('QUEUE_URL=postgres://user:password@host/database npm run example:queue')
  })
})
