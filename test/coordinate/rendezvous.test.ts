import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member } from '../../src/coordinate/ports.js'
import { ownerOf } from '../../src/coordinate/rendezvous.js'
import { fuzz } from '../schedule/fuzz.js'

const KEYS = Array.from({ length: 2_000 }, (_, index) => `tenant-${index}`)

const members = (minLength: number): fc.Arbitrary<Member[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.oneof(fc.uuid(), fc.string({ minLength: 1 })),
      weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
    }),
    { minLength, maxLength: 8, selector: ({ id }) => id },
  )

const share = (keys: readonly string[], all: readonly Member[], id: string) =>
  keys.filter((key) => ownerOf(key, all) === id).length / keys.length

describe('the owner of a key', () => {
  it('the owner of a key is one of the members, and the only one when there is no other', () => {
    fc.assert(
      fc.property(fc.string(), members(1), (key, all) => {
        expect(all.map(({ id }) => id)).toContain(ownerOf(key, all))
        expect(ownerOf(key, all.slice(0, 1))).toBe(all[0]!.id)
      }),
      fuzz(300),
    )
  })

  it('the owner of a key does not depend on the order of the members', () => {
    fc.assert(
      fc.property(fc.string(), members(2), fc.integer(), (key, all, turn) => {
        const at = Math.abs(turn) % all.length
        const others = [...all.slice(at), ...all.slice(0, at)].reverse()
        expect(ownerOf(key, others)).toBe(ownerOf(key, all))
      }),
      fuzz(300),
    )
  })

  it('the owner of a key does not depend on it either when draws are equal', () => {
    const all = ['a', 'b'].map((id) => ({ id, weight: Number.POSITIVE_INFINITY }))
    expect(ownerOf('key', all)).toBe('a')
    expect(ownerOf('key', all.toReversed())).toBe('a')
  })

  it('the owner of a key changes for the keys of a member that leaves, and for no other key', () => {
    fc.assert(
      fc.property(members(2), fc.nat(), (all, which) => {
        const gone = all[which % all.length]!
        const left = all.filter((member) => member !== gone)
        for (const key of KEYS.slice(0, 200)) {
          const before = ownerOf(key, all)
          if (before !== gone.id) expect(ownerOf(key, left)).toBe(before)
        }
      }),
      fuzz(100),
    )
  })

  it('the owner of a key changes to a member that joins or to none, for about the share of that member', () => {
    fc.assert(
      fc.property(members(2), (all) => {
        const joined = all.at(-1)!
        const before = all.slice(0, -1)
        const moved = KEYS.filter((key) => ownerOf(key, before) !== ownerOf(key, all))
        expect(moved.every((key) => ownerOf(key, all) === joined.id)).toBe(true)
        const expected = joined.weight / all.reduce((sum, { weight }) => sum + weight, 0)
        expect(Math.abs(moved.length / KEYS.length - expected)).toBeLessThan(0.07)
      }),
      fuzz(50),
    )
  })

  it('the owner of a key moves to or from a member only, when its weight changes', () => {
    const all = ['a', 'b', 'c', 'd'].map((id) => ({ id, weight: 1 }))
    const heavier = all.map((member) => (member.id === 'b' ? { ...member, weight: 2 } : member))
    for (const key of KEYS) {
      const [before, after] = [ownerOf(key, all), ownerOf(key, heavier)]
      if (before !== after) expect(after).toBe('b')
    }
  })

  it.each([
    ['equal weights', [1, 1, 1, 1, 1]],
    ['weights of 1 to 5', [1, 2, 3, 4, 5]],
    ['weights far apart', [100, 1]],
    ['thirty members', Array.from({ length: 30 }, () => 1)],
  ])('the owner of a key is each member in proportion to its weight: %s', (_, weights) => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `shard/${index}`)
    const all = weights.map((weight, index) => ({ id: `member-${index}`, weight }))
    const owned = new Map(all.map(({ id }) => [id, 0]))
    for (const key of keys) {
      const owner = ownerOf(key, all)!
      owned.set(owner, owned.get(owner)! + 1)
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const chiSquare = all.reduce((sum, { id, weight }) => {
      const expected = (keys.length * weight) / total
      return sum + (owned.get(id)! - expected) ** 2 / expected
    }, 0)
    const freedom = all.length - 1
    // Mean and deviation of a chi-square distribution; five deviations.
    expect(chiSquare).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom))
  })

  it('the owner of a key is spread evenly also over keys and ids that hardly differ', () => {
    const all = ['1', '2', '3', '4'].map((id) => ({ id, weight: 1 }))
    const keys = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(index + 1))
    for (const { id } of all) expect(Math.abs(share(keys, all, id) - 0.25)).toBeLessThan(0.02)
  })

  it('the owner of a key is never a member of weight 0, and nobody when all are', () => {
    const draining = [
      { id: 'a', weight: 0 },
      { id: 'b', weight: 1 },
    ]
    expect(share(KEYS, draining, 'b')).toBe(1)
    expect(ownerOf('key', [{ id: 'a', weight: 0 }])).toBeUndefined()
    expect(ownerOf('key', [{ id: 'a', weight: Number.NaN }])).toBeUndefined()
    expect(ownerOf('key', [])).toBeUndefined()
  })

  it('the owner of a key is the same in every process and every release: these were written down once', () => {
    const all = ['alpha', 'beta', 'gamma'].map((id, index) => ({ id, weight: index + 1 }))
    const owners = Array.from({ length: 12 }, (_, index) => ownerOf(`key-${index}`, all))
    expect(owners.map((owner) => owner![0]).join('')).toBe('bgabagbgggbg')
  })
})
