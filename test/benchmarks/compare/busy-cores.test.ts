import { expect, it } from 'vitest'
import { busyBetween, busyCores } from '../../../benchmarks/compare/busy-cores.js'

const core = (busy: number, idle: number) => ({ times: { user: busy, nice: 0, sys: busy, irq: 0, idle } })

it.each([
  ['both cores were idle', [core(0, 2_000), core(0, 2_000)], 0],
  ['one core was busy', [core(1_000, 0), core(0, 2_000)], 1],
  ['one core was busy for half of the time', [core(500, 1_000), core(0, 2_000)], 0.5],
  ['both cores were busy', [core(1_000, 0), core(1_000, 0)], 2],
])('when %s, so many cores were busy', (_, added, busy) => {
  const before = [core(700, 40), core(3, 9_000)]
  const after = added.map(({ times }, at) => {
    const was = before[at]!.times
    return core(was.user + times.user, was.idle + times.idle)
  })
  expect(busyBetween(before, after)).toBe(busy)
})

it('how many cores are busy is known on this machine', async () => {
  expect(await busyCores(100)).toBeGreaterThanOrEqual(0)
})
