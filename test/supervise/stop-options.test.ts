import { describe, expect, it } from 'vitest'
import { Supervisor } from '../../src/supervisor.js'

describe('what stop() takes', () => {
  const supervisor = () => new Supervisor({ modules: [] }) as unknown as Record<string, (options?: unknown) => unknown>

  it('a reason alone, as it was given before, is refused with the call to write instead', () => {
    expect(() => supervisor().stop!('deploy')).toThrow('call stop({ reason: "deploy" })')
  })

  it('an option that does not exist is refused', () => {
    expect(() => supervisor().stop!({ forse: true })).toThrow('option "forse" is not known')
  })

  it('hurry() is refused with the call to write instead', () => {
    expect(() => supervisor().hurry!()).toThrow('call supervisor.stop({ force: true })')
  })

  it('a supervisor that was never started stops at once, and has killed nothing', async () => {
    expect(await supervisor().stop!({ force: true })).toEqual({ killed: [], alive: [] })
  })
})
