import { describe, expect, it } from 'vitest'
import { kindOfError, normalised } from '../../../src/admin/history/equal-errors.js'

describe('equal errors', () => {
  it.each([
    ['user 17 not found', 'user <n> not found'],
    ['took 1.5 s of 2s', 'took <n> s of <n>s'],
    ['no row 0b9f3c1e-9c4e-4d3c-8a55-1f6ad2f6a001', 'no row <id>'],
    ['commit 3f2a9bc01d is gone', 'commit <id> is gone'],
    ['at 0x7ffe12', 'at <id>'],
    ['not before 2026-01-05T09:00:00.123Z', 'not before <time>'],
    ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED <n>.<n>:<n>'],
    ['deadbeef cafe facade', 'deadbeef cafe facade'],
    ['first line\nsecond line 5', 'first line'],
  ])('the message %j is of the kind %j', (message, expected) => {
    expect(normalised(message)).toBe(expected)
  })

  it('errors of different classes are different', () => {
    expect(kindOfError({ name: 'TypeError', message: 'x 1' })).not.toBe(kindOfError({ name: 'Error', message: 'x 1' }))
  })

  it('a message of any length is normalised in a bounded time', () => {
    expect(normalised('1a-'.repeat(1_000_000)).length).toBeLessThan(2_000)
  })
})
