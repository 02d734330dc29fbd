import { describe, expect, it } from 'vitest'
import { Supervisor } from '../../src/supervisor.js'

describe('the options of stop()', () => {
  const supervisor = () => new Supervisor({ modules: [] }) as unknown as Record<string, (options?: unknown) => unknown>

  it('stop() refuses a text and shows the call to write instead', () => {
    expect(() => supervisor().stop!('deploy')).toThrow('call stop({ reason: "deploy" })')
  })

  it('stop() refuses an unknown option', () => {
    expect(() => supervisor().stop!({ forse: true })).toThrow('option "forse" is not known')
  })

  it('hurry() throws an error that shows the call to write instead', () => {
    expect(() => supervisor().hurry!()).toThrow('call supervisor.stop({ force: true })')
  })

  it('a supervisor that was never started stops at once, and has killed nothing', async () => {
    expect(await supervisor().stop!({ force: true })).toEqual({ killed: [], alive: [] })
  })
})
