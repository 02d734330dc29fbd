import { describe, expect, it } from 'vitest'
import { DropNotice } from '../../../src/admin/output/drop-notice.js'
import { OutputMemory } from '../../../src/kernel/output/output-memory.js'

describe('the notice of dropped lines', () => {
  it('says at once how many were dropped and why, then at most once a minute, and what is left at the end', () => {
    const memory = new OutputMemory()
    const said: object[] = []
    let now = 0
    const notice = new DropNotice({ memory, now: () => now, say: (dropped) => said.push(dropped) })
    notice.look()
    memory.addDrops('no_space', 3)
    memory.addDrops('closed')
    notice.look()
    notice.look()
    expect(said).toEqual([{ no_space: 3, closed: 1 }])
    memory.addDrops('closed', 2)
    now = 59_000_000
    notice.look()
    expect(said).toHaveLength(1)
    now = 60_000_000
    notice.look()
    expect(said.at(-1)).toEqual({ closed: 2 })
    memory.addDrops('slow_reader')
    notice.look({ isLast: true })
    expect(said.at(-1)).toEqual({ slow_reader: 1 })
  })
})
