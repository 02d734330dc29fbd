/** The end of an engine with its observers. */
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/supervise/engine.js'
import { ObservedEngine } from '../../src/supervise/observed-engine.js'

/** What happens at the stop, in its order; the output is closed when `released` resolves. */
function closing(released: Promise<void>) {
  const happened: string[] = []
  const note = (what: string) => async () => void happened.push(what)
  const engine = { stop: async () => ({ killed: [], alive: [] }) } as unknown as Engine
  const state = {
    async close() {
      happened.push('state')
      return true
    },
  }
  const output = {
    async close() {
      happened.push('output')
      await released
    },
  }
  const parts = { engine, state, output, closers: [note('last'), note('first')], attach: async () => undefined }
  return { observed: new ObservedEngine(parts as never), happened }
}

describe('an engine that is stopped twice, the second time by force', () => {
  it('closes the log, the state and the output once, and ends both stops when all is closed', async () => {
    let release = () => {}
    const { observed, happened } = closing(
      new Promise((resolve) => {
        release = resolve
      }),
    )
    const ended: string[] = []
    const stops = [false, true].map((force) => observed.stop({ force }).then(() => ended.push(`force: ${force}`)))
    await new Promise(setImmediate)
    expect([happened, ended]).toEqual([['first', 'last', 'state', 'output'], []])
    release()
    await Promise.all(stops)
    expect(happened).toEqual(['first', 'last', 'state', 'output'])
  })
})
