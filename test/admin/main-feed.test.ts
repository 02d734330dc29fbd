import { describe, expect, it } from 'vitest'
import { MainFeed } from '../../src/admin/main-feed.js'
import type { Change } from '../../src/observe/changes/change.js'

const change = (at: number): Change => ({ at, kind: 'clock', level: 'ok', text: 'the clock was set' })

describe('what the main thread tells the admin thread', () => {
  it('takes what is known at the beginning, then what is new, and passes that on until nobody wants it', () => {
    const feed = new MainFeed()
    const told: unknown[] = []
    const ends = [feed.onChange(({ at }) => told.push(at)), feed.onPauses((pauses) => told.push(pauses))]
    feed.begin({ changes: [change(1)], pauses: [] })
    feed.changed(change(2))
    for (const end of ends) end()
    feed.changed(change(3))
    expect(told).toEqual([[], 2])
    expect(feed.changes.map(({ at }) => at)).toEqual([1, 2, 3])
  })

  it('replaces what was known when everything is told again, so that nothing is there twice', () => {
    const feed = new MainFeed()
    for (const _ of [1, 2]) feed.begin({ changes: [change(1)], pauses: [] })
    expect(feed.changes).toHaveLength(1)
  })

  it('keeps the last 200 changes', () => {
    const feed = new MainFeed()
    for (let at = 0; at < 250; at++) feed.changed(change(at))
    expect([feed.changes.length, feed.changes[0]!.at, feed.changes.at(-1)!.at]).toEqual([200, 50, 249])
  })
})
