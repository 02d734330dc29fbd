/** `npm run example:cluster`: what it prints of three instances is what a deployment must do. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Cli } from '../support/cli.js'
import { findServer } from '../support/servers/find-server.js'

const PROGRAM = fileURLToPath(new URL('../../examples/cluster.mjs', import.meta.url))
const INSTANCES = ['A', 'B', 'C']
const STOP = '-- the leader is told to stop'
const redis = await findServer('redis-server')

/** One line of the output: `B  work done: items 2 3, instances 3, failed 1`. */
interface Line {
  readonly who: string
  readonly what: string
  readonly details: Readonly<Record<string, string>>
}

function read(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    if (line === STOP) return [{ who: '', what: STOP, details: {} }]
    const [, who, what, rest = ''] = /^([ABC]) {2}(.*?)(?:: (.*))?$/.exec(line) ?? []
    if (!who || !what) return []
    const details = rest.split(', ').map((detail) => [/^\S+/.exec(detail)?.[0] ?? '', detail.replace(/^\S+ ?/, '')])
    return [{ who, what, details: Object.fromEntries(details) }]
  })
}

describe.skipIf(!redis)('three instances of coordinated-timer-service', () => {
  it('three instances of coordinated-timer-service share their work, report each tick once, and hand the lease over', async () => {
    // Counted from when all three know each other; three fifths are before the hand-over.
    const { code, stdout } = await new Cli(['--for', '15'], { program: PROGRAM }).exited
    expect(code).toBe(0)
    const lines = read(stdout)
    const stopAt = lines.findIndex(({ what }) => what === STOP)
    const before = lines.slice(0, stopAt)
    const after = lines.slice(stopAt + 1)

    // From when all three know each other until one of them goes, every item has one owner.
    const knows = (who: string) => before.findIndex((line) => line.who === who && line.details.instances === '3')
    const knownFrom = INSTANCES.map(knows)
    expect(Math.min(...knownFrom)).toBeGreaterThanOrEqual(0)
    const rounds: { readonly number: number; readonly first: number; readonly items: number[] }[] = []
    for (const [at, { what, details }] of lines.entries()) {
      if (what !== 'work done' || details.items === 'none') continue
      const items = details.items!.split(' ').map(Number)
      // Ten items each; only the last three digits are printed, so numbers come around again.
      const number = Math.floor(items[0]! / 10)
      if (rounds.at(-1)?.number !== number) rounds.push({ number, first: at, items: [] })
      rounds.at(-1)!.items.push(...items)
    }
    const undisturbed = rounds
      .filter(({ first }) => first > Math.max(...knownFrom) && first < stopAt)
      // The hand-over may begin within the last one.
      .slice(0, -1)
    expect(undisturbed.length).toBeGreaterThanOrEqual(1)
    for (const { items } of undisturbed) {
      expect(items).toHaveLength(10)
      expect(new Set(items).size).toBe(10)
    }

    const dueMoments = lines.filter(({ what }) => what.startsWith('report written')).map(({ details }) => details.dueAt)
    expect(dueMoments.length).toBeGreaterThanOrEqual(3)
    expect(new Set(dueMoments).size).toBe(dueMoments.length)

    const leaders = before.filter(({ what }) => what === 'lease acquired')
    const [next] = after.filter(({ what }) => what === 'lease acquired')
    expect(leaders).toHaveLength(1)
    expect(next?.who).not.toBe(leaders[0]!.who)
    expect(BigInt(next!.details.epoch!)).toBeGreaterThan(BigInt(leaders[0]!.details.epoch!))
    const released = after.findIndex(({ who, what }) => who === leaders[0]!.who && what === 'lease released')
    expect(released).toBeGreaterThanOrEqual(0)
    expect(after.filter(({ what }) => what === 'cleaned up as the leader').map(({ who }) => who)).toContain(next!.who)
    expect(lines.filter(({ what }) => what === 'stopped').map(({ who }) => who)).toHaveLength(3)
  }, 120_000)
})
