import { describe, expect, it } from 'vitest'
import { ClockGuard } from '../../src/coordinate/clock-guard.js'
import type { StoreProblem } from '../../src/coordinate/ports.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000
const patient = new AbortController().signal

/** A store whose clock is `ahead` ms ahead of this machine's, and which takes `delay` µs to tell. */
function world({ ahead = 0, delay = 0, resolution = 0, hasClock = true } = {}) {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const state = { ahead, isDown: false }
  const asked = { claims: 0, clock: 0 }
  const other: StoreProblem = { code: 'other', message: 'something else', forbidsLeading: true }
  const guard = new ClockGuard(
    {
      async claim() {
        asked.claims += 1
        return true
      },
      check: async () => [other],
    },
    {
      async readClock() {
        asked.clock += 1
        if (state.isDown) throw new Error('connection refused')
        if (!hasClock) return undefined
        const at = clock.wallNow() + state.ahead
        if (delay > 0) await clock.sleep(delay)
        return { at: Math.floor(at / (resolution || 1)) * (resolution || 1), resolution }
      },
    },
    clock,
  )
  const settle = async <Answer>(answer: Promise<Answer>) => {
    const settled = answer.catch((error: Error) => error.message)
    await clock.advance(delay)
    return settled
  }
  return {
    clock,
    state,
    asked,
    claim: () => settle(guard.claim('mail.send@2026', 'one', 60_000, patient)),
    problems: async () =>
      ((await settle(guard.check(patient))) as StoreProblem[])
        .filter(({ code }) => code === 'clock')
        .map(({ message, forbidsLeading }) => [message, forbidsLeading]),
    check: () => settle(guard.check(patient)),
  }
}

describe('the wall clock of a machine that differs from the clock of the store', () => {
  it.each([0, 900, -900])('by %d ms is no problem', async (ahead) => {
    const { claim, problems } = world({ ahead })
    expect(await problems()).toEqual([])
    expect(await claim()).toBe(true)
  })

  it.each([
    [-5_000, /5s ahead of the clock of the coordination store: instances may run.*NTP/],
    [5_000, /5s behind the clock of the coordination store: instances may run.*NTP/],
  ])('by %d ms is a problem, which forbids nothing', async (ahead, message) => {
    const { claim, problems } = world({ ahead })
    expect(await problems()).toEqual([[expect.stringMatching(message), false]])
    expect(await claim()).toBe(true)
  })

  it.each([
    [-600_000, /10m ahead of the clock.*not claimed here/],
    [600_000, /10m behind the clock.*not claimed here/],
    [-10_001, /ahead of the clock.*not claimed here/],
  ])('by %d ms keeps it from claiming (W1), already before the first check', async (ahead, message) => {
    const { claim, problems, asked } = world({ ahead })
    expect(await claim()).toMatch(message)
    expect(asked.claims).toBe(0)
    expect(await problems()).toEqual([[expect.stringMatching(message), false]])
  })

  it('is not known before the store has told its clock, and nothing is claimed until then (W1)', async () => {
    const { claim, state, asked } = world()
    state.isDown = true
    expect(await claim()).toBe('connection refused')
    expect(asked.claims).toBe(0)
    state.isDown = false
    expect(await claim()).toBe(true)
  })

  it('counts only as far as it is certain (W2): a slow answer and a coarse clock are no difference', async () => {
    expect(await world({ delay: 20 * SECOND }).problems()).toEqual([])
    expect(await world({ delay: 20 * SECOND }).claim()).toBe(true)
    expect(await world({ ahead: -1_500, resolution: 1_000 }).problems()).toEqual([])
    expect(await world({ ahead: -2_500, resolution: 1_000 }).problems()).toHaveLength(1)
  })

  it('is noticed at once when the wall clock is set, and is over when it is set right (W3)', async () => {
    const { clock, claim, state, asked } = world()
    expect(await claim()).toBe(true)
    clock.jumpWall(3_600_000)
    state.ahead = -3_600_000
    expect(await claim()).toMatch(/1h ahead of the clock/)
    expect(asked).toEqual({ claims: 1, clock: 1 })
    clock.jumpWall(-3_600_000)
    state.ahead = 0
    expect(await claim()).toBe(true)
  })

  it('does not keep it from claiming after the machine was suspended: the clocks are compared again (W3)', async () => {
    const { clock, claim, asked } = world()
    expect(await claim()).toBe(true)
    await clock.advance(2 * SECOND)
    clock.suspend(3_600 * SECOND)
    expect(await claim()).toBe(true)
    expect(asked.clock).toBe(2)
  })

  it('is told again only when it has changed much', async () => {
    const { problems, state } = world({ ahead: -5_000 })
    const first = await problems()
    state.ahead = -5_100
    expect(await problems()).toEqual(first)
    state.ahead = -8_000
    expect(await problems()).not.toEqual(first)
    state.ahead = 0
    expect(await problems()).toEqual([])
  })

  it('leaves the other problems as they are, and asks nothing for a store on this machine', async () => {
    const { check, claim, clock, asked } = world({ hasClock: false })
    expect(await check()).toEqual([{ code: 'other', message: 'something else', forbidsLeading: true }])
    clock.jumpWall(3_600_000)
    expect(await claim()).toBe(true)
    expect(asked.clock).toBe(1)
  })
})
