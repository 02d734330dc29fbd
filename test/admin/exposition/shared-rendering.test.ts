/** The numbers are those of the invariants in shared-rendering.ts. */
import { describe, expect, it } from 'vitest'
import { SharedRendering } from '../../../src/admin/exposition/shared-rendering.js'
import { realTurn } from '../../../src/testing/real-turns.js'

/** Renderings that the test ends by hand. */
function scene() {
  const begun: { end(text: string): void; fail(error: Error): void }[] = []
  const waiting: (() => void)[] = []
  const shared = new SharedRendering(
    () =>
      new Promise<string>((end, fail) => {
        begun.push({ end, fail })
        waiting.shift()?.()
      }),
  )
  /** Resolves when one more rendering begins. */
  const nextBegins = () => new Promise<void>((resolve) => void waiting.push(resolve))
  return { begun, shared, nextBegins }
}

describe('a shared rendering', () => {
  it('(1) whoever asks while a rendering is in progress does not get it, but the next one', async () => {
    const { begun, shared, nextBegins } = scene()
    const isFirst = nextBegins()
    const early = shared.next()
    await isFirst
    const late = [shared.next(), shared.next(), shared.next()]
    const isSecond = nextBegins()
    begun[0]!.end('old')
    expect(await early).toBe('old')
    await isSecond
    begun[1]!.end('new')
    expect(await Promise.all(late)).toEqual(['new', 'new', 'new'])
    expect(begun).toHaveLength(2)
  })

  it('(2) those who ask in the same turn of the event loop share one rendering', async () => {
    const { begun, shared, nextBegins } = scene()
    const isFirst = nextBegins()
    const asked = [shared.next(), shared.next()]
    await Promise.resolve()
    asked.push(shared.next())
    await isFirst
    begun[0]!.end('text')
    expect(await Promise.all(asked)).toEqual(['text', 'text', 'text'])
    expect(begun).toHaveLength(1)
  })

  it('(2) a rendering begins only when the one before it has ended', async () => {
    const { begun, shared, nextBegins } = scene()
    const isFirst = nextBegins()
    const first = shared.next()
    await isFirst
    const isSecond = nextBegins()
    const second = shared.next()
    for (let turn = 0; turn < 3; turn++) await realTurn()
    expect(begun).toHaveLength(1)
    begun[0]!.end('first')
    await isSecond
    begun[1]!.end('second')
    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  })

  it('(3) a rendering that fails does so for those who asked for it, and the next one is tried', async () => {
    const { begun, shared, nextBegins } = scene()
    const isFirst = nextBegins()
    const asked = Promise.allSettled([shared.next(), shared.next()])
    await isFirst
    const isSecond = nextBegins()
    const later = shared.next()
    begun[0]!.fail(new Error('no numbers'))
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await isSecond
    begun[1]!.end('numbers')
    expect(await later).toBe('numbers')
  })
})
